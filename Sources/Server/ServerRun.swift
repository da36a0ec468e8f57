import App
import Foundation
import HTTP
import Logging
import Postgres
import ServiceLifecycle
import Tracing

/// The server itself: from settings to answered requests, until it is told to stop.
struct ServerRun: Sendable {
    var settings: Settings
    /// The database, as the server's role.
    var database: ConnectionURL
    var operatorKeys: [String]
    var logger: Logger
    /// Where the lines of requests go; nil for the logger.
    var requestLog: (any RequestLog)?
    /// Called with the URL once requests are taken.
    var onReady: @Sendable (String) -> Void = { _ in }

    /// Serves until a graceful shutdown. Requests in flight are answered, then the database's
    /// connections are closed.
    /// - Throws: `CommandFailure` when it cannot begin.
    func run() async throws {
        try await withApp(readsFromStandby: true) { app, observability in
            let admission = Admission(settings.load.admission)
            let token = settings.observation.metricsToken
            let endpoint = observability.endpoint(app, admission, token: token)
            try await withMetricsServer(endpoint) {
                try await serve(app, admission, endpoint, observability.tracer)
            }
        }
    }

    /// Does the work that comes by itself until a graceful shutdown, and serves nothing.
    /// - Throws: `CommandFailure` when it cannot begin.
    func work() async throws {
        try await withApp { app, observability in
            let endpoint = observability.endpoint(app, token: settings.observation.metricsToken)
            logger.info("working")
            try await withMetricsServer(endpoint) {
                await WorkerGroup(workers: app.workers).run()
            }
        }
    }

    private func withApp(
        readsFromStandby: Bool = false, _ body: (App, Observability) async throws -> Void
    ) async throws {
        let observability = Observability.begin(settings.observation, logger: logger)
        var configuration = poolConfiguration
        configuration.tracer = observability.tracer
        let pool = Pool(configuration, logger: logger)
        do {
            try await pool.start()
        } catch {
            await observability.end()
            throw CommandFailure(error, doing: "reach the database")
        }
        let standby = readsFromStandby ? standby(of: pool, configuration) : nil
        do {
            try await body(try await app(on: pool, standby), observability)
        } catch {
            await standby?.close()
            await pool.shutdown()
            await observability.end()
            throw error
        }
        await standby?.close()
        await pool.shutdown()
        await observability.end()
        logger.info("stopped")
    }

    private func standby(of pool: Pool, _ configuration: PoolConfiguration) -> Standby? {
        guard let url = settings.database.readURL else { return nil }
        var configuration = configuration
        configuration.url = url.text
        return Standby(
            configuration, maxLag: .seconds(settings.database.readMaxLagSeconds), primary: pool,
            logger: logger)
    }

    private func app(on pool: Pool, _ standby: Standby?) async throws -> App {
        do {
            try await Self.checkSchema(pool)
            try await Self.checkRole(pool)
            // A standby that is away is waited for beside serving.
            if let problem = try await standby?.look(), problem.isOfSettings {
                throw CommandFailure(
                    "the standby cannot be read from: \(problem)",
                    remedy: "Let HAZINA_READ_DATABASE_URL name the role that DATABASE_URL does.",
                    code: .configuration)
            }
        } catch {
            throw CommandFailure(error, doing: "check the database")
        }
        var configuration = appConfiguration
        if let path = settings.webhooks.trustedCA {
            configuration.trustedAuthorities = try Self.authorities(path)
        }
        let app: App
        do {
            app = try App(configuration, pool: pool, standby: standby, logger: logger)
        } catch {
            throw CommandFailure("the API cannot be put together: \(error)")
        }
        do {
            try await app.adjustClock()
        } catch {
            throw CommandFailure(error, doing: "ask the database for the time")
        }
        return app
    }

    /// Shows metrics on a port of their own while `body` runs, if there is one.
    private func withMetricsServer(
        _ endpoint: MetricsEndpoint, _ body: () async throws -> Void
    ) async throws {
        guard let port = settings.observation.metricsPort else { return try await body() }
        let (starts, start) = AsyncStream<Void>.makeStream()
        let server = MetricsServer(
            host: settings.observation.metricsHost, port: port, endpoint: endpoint
        ) { [settings, logger] port in
            defer { start.yield() }
            let url = Self.url(
                host: settings.observation.metricsHost, port: port, path: "/metrics")
            logger.info("showing metrics", metadata: ["url": .string(url)])
        }
        do {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    defer { start.finish() }
                    do { try await server.run() } catch is CancellationError {}
                }
                var iterator = starts.makeAsyncIterator()
                if await iterator.next() != nil { try await body() }
                tasks.cancelAll()
                try await tasks.waitForAll()
            }
        } catch let error as ListenError {
            throw CommandFailure(
                error.description, remedy: "Check HAZINA_METRICS_HOST and HAZINA_METRICS_PORT.")
        }
    }

    private func serve(
        _ app: App, _ admission: Admission, _ endpoint: MetricsEndpoint,
        _ tracer: (any Tracer)?
    ) async throws {
        var configuration = httpConfiguration
        configuration.tls = try settings.tls.paths.map(Self.certificate)
        configuration.tracer = tracer
        if settings.observation.metricsPort == nil { configuration.metrics = endpoint }
        configuration.trustedDocuments = try settings.http.trustedDocuments.map {
            try TrustedFolder(path: $0).documents(for: app)
        }
        let isSecure = configuration.tls != nil
        let server = HTTPServer(
            configuration: configuration, backend: Backend(app), admission: admission,
            logger: logger, log: requestLog
        ) { [settings, logger, onReady] port in
            let url = Self.url(host: settings.http.host, port: port, isSecure: isSecure)
            logger.info("listening", metadata: ["url": .string(url)])
            onReady(url)
        }
        do {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                let workers = WorkerGroup(workers: app.workers)
                tasks.addTask { await workers.run() }
                // Ends with the task group, which it does not hold up.
                let reload = configuration.tls.map { files in
                    Task { await CertificateReload(files: files, logger: logger).run() }
                }
                defer { reload?.cancel() }
                do {
                    try await server.run()
                } catch {
                    tasks.cancelAll()
                    throw error
                }
            }
        } catch let error as ListenError {
            throw CommandFailure(
                error.description,
                remedy: error.isInUse
                    ? "Stop the other process, or choose another port in HAZINA_HTTP_PORT."
                    : "Check HAZINA_HTTP_HOST and HAZINA_HTTP_PORT.")
        }
    }

    private static func certificate(_ paths: (certificate: String, key: String)) throws -> TLSFiles
    {
        do {
            return try TLSFiles(certificatePath: paths.certificate, keyPath: paths.key)
        } catch {
            throw CommandFailure(
                "\(error)", remedy: "Check HAZINA_TLS_CERTIFICATE and HAZINA_TLS_KEY.",
                code: .configuration)
        }
    }

    private static func authorities(_ path: String) throws -> TrustedAuthorities {
        do {
            return try TrustedAuthorities(path: path)
        } catch {
            throw CommandFailure(
                "\(error)", remedy: "Check HAZINA_TRUSTED_CA.", code: .configuration)
        }
    }

    private static func checkSchema(_ pool: Pool) async throws {
        switch try await SchemaVersion.state(pool) {
        case .current, .newerCompatible:
            return
        case .behind(let missing):
            throw CommandFailure(
                "the database's schema lacks \(missing.count) migration(s) of this version",
                remedy: "Run 'hazina migrate', or set HAZINA_AUTO_MIGRATE=true.")
        case .incompatible(let reason):
            throw CommandFailure("the database's schema does not fit this version: \(reason)")
        }
    }

    private static func checkRole(_ pool: Pool) async throws {
        let problems = try await ServerRole.problems(pool)
        guard !problems.isEmpty else { return }
        throw CommandFailure(
            "tenants could not be kept apart: "
                + problems.map(\.description).joined(separator: "; "),
            remedy: ServerRun.roleRemedy, code: .configuration)
    }

    static let roleRemedy = """
        Serve as a role of its own: name one in DATABASE_URL, and run 'hazina migrate' with \
        HAZINA_MIGRATE_URL set to an administrator's URL, which makes that role.
        """

    static func url(
        host: String, port: Int, path: String = "/graphql", isSecure: Bool = false
    ) -> String {
        let shown = ["0.0.0.0", "::", ""].contains(host) ? "127.0.0.1" : host
        let scheme = isSecure ? "https" : "http"
        return "\(scheme)://\(shown.contains(":") ? "[\(shown)]" : shown):\(port)\(path)"
    }

    private var poolConfiguration: PoolConfiguration {
        var configuration = PoolConfiguration(url: database.text, size: settings.database.poolSize)
        configuration.acquireTimeout = .seconds(settings.database.poolWaitSeconds)
        configuration.preparedStatements = settings.database.preparedStatements
        let statementSeconds = settings.database.statementTimeoutSeconds
        if statementSeconds > 0 {
            configuration.silenceLimit = .seconds(statementSeconds + 5)
            configuration.lockPatience = .seconds(statementSeconds)
        }
        configuration.lockWait = .milliseconds(200)
        configuration.applicationName = "hazina"
        let slowStatement = settings.observation.slowStatementMilliseconds
        configuration.slowStatement = slowStatement > 0 ? .milliseconds(slowStatement) : nil
        return configuration
    }

    private var appConfiguration: AppConfiguration {
        var configuration = AppConfiguration(
            operatorKeys: operatorKeys, sessionMinutes: settings.access.sessionMinutes,
            sessionMaximumHours: settings.access.sessionMaxHours,
            statementTimeout: .seconds(settings.database.statementTimeoutSeconds),
            limits: settings.limits.engine,
            withdrawalSeconds: settings.ledger.withdrawalSeconds)
        configuration.payments = settings.payments.configuration
        configuration.payments.quoteSecret = settings.webhooks.secret
        configuration.webhooks = settings.webhooks.configuration
        configuration.retention = settings.retention.configuration
        configuration.allowsPrivateURLs = settings.webhooks.allowsPrivate
        return configuration
    }

    private var httpConfiguration: HTTPServer<RequestContext>.Configuration {
        var configuration = HTTPServer<RequestContext>.Configuration(
            host: settings.http.host, port: settings.http.port,
            maxBodyBytes: settings.http.maxBodyBytes, maxBatch: settings.http.maxBatch,
            badKeysPerMinute: settings.access.badKeysPerMinute,
            trustedProxies: settings.http.trustedProxies,
            allowsAnonymousIntrospection: settings.access.introspection,
            compresses: settings.http.compresses)
        configuration.pinsEventLoops = settings.http.pinsEventLoops
        configuration.rates = settings.load.rates
        configuration.maxConnections = settings.clients.maxConnections
        configuration.maxHeaderBytes = settings.clients.maxHeaderBytes
        configuration.idleSeconds = Int64(settings.clients.idleSeconds)
        configuration.bodySeconds = Int64(settings.clients.bodySeconds)
        configuration.stallSeconds = Int64(settings.clients.stallSeconds)
        configuration.maxPersistedBytes = settings.http.persistedDocumentBytes
        configuration.maxStreams = settings.http.maxStreams
        configuration.maxStreamsPerTenant = settings.http.maxStreamsPerTenant
        configuration.cors = CORSPolicy(origins: settings.http.corsOrigins)
        configuration.streamKeepAlive = .seconds(settings.http.streamKeepAliveSeconds)
        return configuration
    }
}
