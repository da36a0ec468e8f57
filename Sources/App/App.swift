package import GraphQL
package import Logging
package import Postgres
package import Telemetry

/// What the features need to know beyond the database.
package struct AppConfiguration: Sendable {
    /// The operator's key and, during a rotation, the previous one; 32 characters or more each.
    package var operatorKeys: [String]
    /// How long a session lives after it was redeemed or refreshed.
    package var sessionMinutes: Int
    /// How long refreshing can keep a session alive.
    package var sessionMaximumHours: Int
    /// How long one statement may take; zero for no limit.
    package var statementTimeout: Duration
    /// How large a GraphQL document may be.
    package var limits: EngineOptions
    /// After how many seconds a withdrawal that nobody finalised is rolled back; nil for never.
    package var withdrawalSeconds: Int?
    /// How payments are made.
    package var payments = PaymentConfiguration()
    package var webhooks = WebhookConfiguration()
    /// How long is kept what nobody needs any more.
    package var retention = RetentionConfiguration()
    /// Whether URLs that tenants chose may point to addresses that are not public.
    package var allowsPrivateURLs = false
    /// Whose certificates are accepted where such URLs, and the operator's, point to.
    package var trustedAuthorities = TrustedAuthorities.systemAlone

    package init(
        operatorKeys: [String], sessionMinutes: Int = 30, sessionMaximumHours: Int = 24,
        statementTimeout: Duration = .seconds(30), limits: EngineOptions = EngineOptions(),
        withdrawalSeconds: Int? = nil
    ) {
        self.operatorKeys = operatorKeys
        self.sessionMinutes = sessionMinutes
        self.sessionMaximumHours = sessionMaximumHours
        self.statementTimeout = statementTimeout
        self.limits = limits
        self.withdrawalSeconds = withdrawalSeconds
    }
}

/// The composition root: the schema, bound to the services that do what it offers.
package final class App: Sendable {
    package let engine: Engine<RequestContext>
    /// The work that comes by itself, for whoever runs this process.
    package let workers: [Worker]
    /// Where requests leave their traces.
    package let audit: AuditTrail
    private let pool: Pool
    private let standby: Standby?
    private let services: Services
    private let observatory: Observatory

    /// - Parameter standby: where queries are read from while it follows `pool`'s server; nil to
    ///   read there too.
    /// - Throws: if the schema, its resolvers and its access rules do not fit together.
    package init(
        _ configuration: AppConfiguration, pool: Pool, standby: Standby? = nil, logger: Logger
    ) throws {
        let database = Database(
            pool: pool, statementTimeout: configuration.statementTimeout, standby: standby)
        let schema = try SchemaAssembly.schema()
        let services = Services(
            configuration, database: database, logger: logger,
            rootFields: SchemaAssembly.rootFields(of: schema))
        self.pool = pool
        self.standby = standby
        self.services = services
        audit = AuditTrail(schema, log: services.auditLog)
        workers =
            services.workers(logger: logger)
            + [standby?.worker(logger: logger)].compactMap(\.self)
        let observations = ObservationRepository(
            database: database, includesFallback: configuration.webhooks.fallback != nil)
        observatory = Observatory { try await observations.read() }

        var resolvers = Resolvers<RequestContext>()
        resolvers.pageInfo()
        resolvers.assets(services.assets)
        resolvers.paymentPointers(services.paymentPointers)
        resolvers.pointerEvents(services.pointerEvents)
        resolvers.payments(services.payments, services.liquidity)
        resolvers.prices(services.prices)
        resolvers.peers(services.peers)
        resolvers.liquidity(services.liquidity)
        resolvers.transfers(services.transfers)
        resolvers.tenants(services.tenants)
        resolvers.apiKeys(services.apiKeys)
        resolvers.sessions(services.sessions)
        resolvers.clients(services.clients)
        resolvers.webhooks(services.webhooks.service)
        resolvers.paymentFeeds(services.payments, services.webhooks.outbox.payments)
        resolvers.auditLog(services.auditLog)
        resolvers.whoami(services.tenants, services.paymentPointers)
        engine = try SchemaAssembly.engine(schema, resolvers, limits: configuration.limits)
    }

    /// What happens in tenants, for those who follow it.
    package var feed: EventFeed { services.webhooks.outbox.feed }

    /// Who presents these credentials. A bad credential is no error but a caller without rights.
    /// - Throws: `PostgresError` if the database cannot tell.
    package func authenticate(_ credentials: Credentials) async throws -> Caller {
        try await services.authenticator.authenticate(credentials)
    }

    /// Does a request as whom its key belonged to a moment ago, without asking first.
    ///
    /// What the request does in the database finds the key valid, or is not done.
    /// - Parameter body: gets the caller, and must end before the request does.
    /// - Returns: false if the caller has to be authenticated: nothing was done then.
    /// - Throws: `PostgresError` if the database could not tell; nothing was done then, either.
    package func asRecalled(
        _ credentials: Credentials, _ body: (Caller) async -> Void
    ) async throws -> Bool {
        guard let (caller, key) = services.authenticator.recall(credentials) else { return false }
        return try await RecalledKey.$current.withValue(key) {
            await body(caller)
            return try await key.isAnswerCertain()
        }
    }

    /// Whether queries may be answered from a standby: they have to be executed by `execute` then.
    package var hasStandby: Bool { standby != nil }

    /// Executes a query or mutation.
    package func execute(
        _ operation: PreparedOperation, in context: RequestContext
    ) async -> Response {
        guard hasStandby, operation.kind == .query else {
            return await engine.execute(operation, context: context)
        }
        let reads = QueryReads(isReadOnly: context.caller.restriction.isReadOnly)
        return await QueryReads.$current.withValue(reads) {
            await engine.execute(operation, context: context)
        }
    }

    /// Carries out an operation under the key that the caller gave it.
    package func execute(
        _ operation: PreparedOperation, _ request: Request, under key: IdempotencyKey,
        in context: RequestContext
    ) async -> KeyedAnswer {
        let hash = IdempotencyKey.fingerprint(request, of: context.caller)
        return await services.idempotency.answer(under: key, hash: hash, in: context) { context in
            await self.engine.execute(operation, context: context).body
        }
    }

    /// A public key of a client of any tenant, with the client, as JSON; nil if it is unknown.
    package func clientKey(id: String) async throws -> String? {
        try await services.clients.publicKey(id: id)
    }

    /// Takes the time from the database, before there is work. A worker does so again later.
    /// - Throws: `PostgresError` if the database cannot tell.
    package func adjustClock() async throws {
        try await DatabaseClock.adjust(to: pool)
    }

    /// What is read at the moment when somebody looks: of the pool, the engine and the database.
    package func metrics() async -> [MetricSample] {
        let observation = await observatory.observe()
        let status = pool.status
        let documents = engine.documentLookUps
        let checking = status.open - status.idle - status.reading - status.leased
        let states = [
            ("idle", status.idle), ("reading", status.reading), ("leased", status.leased),
            ("checking", checking),
        ]
        var samples = states.map { state, count in
            MetricSample("hazina_pool_connections", count, ("state", state))
        }
        samples += [
            MetricSample("hazina_database_up", observation == nil ? 0 : 1),
            MetricSample("hazina_pool_connections_max", pool.size),
            MetricSample("hazina_pool_waiting", status.waiting),
            MetricSample("hazina_pool_reads_in_flight", status.inFlight),
            MetricSample("hazina_database_statements_total", pool.statementCount),
            MetricSample(
                "hazina_document_cache_requests_total", documents.hits, ("result", "hit")),
            MetricSample(
                "hazina_document_cache_requests_total", documents.misses, ("result", "miss")),
        ]
        return samples + (standby?.samples ?? []) + (observation?.samples ?? [])
    }

    /// Whether requests can be served now.
    package func readiness() async -> Readiness {
        await Readiness.check(pool)
    }
}
