package import App
import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
package import Tracing

/// The HTTP server: serves `/graphql`, `/healthz` and `/readyz` until it is told to stop.
///
/// On a graceful shutdown it takes no new connections, closes idle ones, and returns from `run()`
/// once the requests in flight are answered.
package struct HTTPServer<Context: Sendable>: Service {
    package struct Configuration: Sendable {
        package var host: String
        /// 0 picks a free port, which `onListening` tells.
        package var port: Int
        package var maxBodyBytes: Int
        /// The most requests in one body that is a list; 0 refuses lists.
        package var maxBatch: Int
        /// Wrong keys allowed for each client address in a minute; 0 sets no limit.
        package var badKeysPerMinute: Int
        /// Whose `X-Forwarded-For` is believed.
        package var trustedProxies: [AddressBlock]
        /// Callers without a key may read the schema.
        package var allowsAnonymousIntrospection: Bool
        /// Answers are compressed for clients that accept it.
        package var compresses: Bool
        /// Bytes of documents that are known by their SHA-256; 0 keeps none.
        package var maxPersistedBytes = 4_194_304
        /// If set, no other documents are run.
        package var trustedDocuments: TrustedDocuments?
        /// Subscriptions open at once.
        package var maxStreams = 1000
        /// The same for each tenant.
        package var maxStreamsPerTenant = 100
        /// How often a stream without events sends a sign of life.
        package var streamKeepAlive = Duration.seconds(15)
        /// How many requests are worked on and wait.
        package var admission = AdmissionLimits()
        /// How many requests a second a tenant and a key may send.
        package var rates = RateLimits()
        /// Connections open at once; further ones wait until the system refuses them.
        package var maxConnections = 10_000
        /// What is shown at `/metrics`; nil for nothing.
        package var metrics: MetricsEndpoint?
        /// Who is told of requests; nil for nobody.
        package var tracer: (any Tracer)?
        /// The longest request line and headers, in bytes.
        package var maxHeaderBytes = 32_768
        /// A client that takes next to nothing of its answer for so many seconds is cut off.
        package var stallSeconds: Int64 = 30
        /// A connection that sends nothing for so many seconds is closed.
        package var idleSeconds: Int64
        /// How many seconds a request's body may take to arrive.
        package var bodySeconds: Int64
        /// Pages of which origins may use the API from a browser.
        package var cors = CORSPolicy()
        /// Whether event loops stay on a processor each, where there are as many as processors.
        package var pinsEventLoops = false
        /// The certificate and key of a server that speaks TLS itself.
        package var tls: TLSFiles?

        package init(
            host: String = "127.0.0.1", port: Int = 4000, maxBodyBytes: Int = 1_048_576,
            maxBatch: Int = 0,
            badKeysPerMinute: Int = 300, trustedProxies: [AddressBlock] = [],
            allowsAnonymousIntrospection: Bool = true, compresses: Bool = true,
            idleSeconds: Int64 = 60, bodySeconds: Int64 = 30
        ) {
            self.host = host
            self.port = port
            self.maxBodyBytes = maxBodyBytes
            self.maxBatch = maxBatch
            self.badKeysPerMinute = badKeysPerMinute
            self.trustedProxies = trustedProxies
            self.allowsAnonymousIntrospection = allowsAnonymousIntrospection
            self.compresses = compresses
            self.idleSeconds = idleSeconds
            self.bodySeconds = bodySeconds
        }
    }

    private static var maxHeaders: Int { 200 }

    private let configuration: Configuration
    private let backend: Backend<Context>
    private let logger: Logger
    private let log: any RequestLog
    let admission: Admission
    private let onListening: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - admission: for who else looks at it; made from the configuration's limits otherwise.
    ///   - log: where the lines of requests go; nil for the logger.
    ///   - onListening: called once with the port, as soon as requests are taken.
    package init(
        configuration: Configuration, backend: Backend<Context>,
        admission: Admission? = nil, logger: Logger, log: (any RequestLog)? = nil,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.backend = backend
        self.logger = logger
        self.log = log ?? LoggerRequestLog(logger: logger)
        self.admission = admission ?? Admission(configuration.admission)
        self.onListening = onListening
    }

    /// Serves until a graceful shutdown or cancellation.
    /// - Throws: `ListenError` when the address cannot be listened on.
    package func run() async throws {
        let stopping = StoppingFlag()
        let streams = OpenStreams(
            limit: configuration.maxStreams, limitOfTenant: configuration.maxStreamsPerTenant)
        var quietLogger = logger
        quietLogger.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            responder: gateway(stopping, streams),
            server: .http1(
                configuration: channelConfiguration, tls: configuration.tls,
                executors: LoopExecutors(.singleton)),
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port),
                availableConnectionsDelegate: .maximum(
                    configuration.maxConnections, logger: quietLogger)),
            onServerRunning: { [configuration, onListening] channel in
                await onListening(channel.localAddress?.port ?? configuration.port)
            },
            logger: quietLogger)
        let affinity = configuration.pinsEventLoops ? LoopAffinity(.singleton) : nil
        let pinning = affinity.map { affinity in Task { await affinity.run() } }
        defer { pinning?.cancel() }
        do {
            try await withGracefulShutdownHandler {
                try await application.run()
            } onGracefulShutdown: {
                stopping.set()
                streams.stop()
            }
        } catch let error as IOError {
            throw ListenError(
                host: configuration.host, port: configuration.port, errnoCode: error.errnoCode)
        } catch let error as SocketAddressError {
            throw ListenError(
                host: configuration.host, port: configuration.port, reason: "\(error)")
        }
    }

    private var security: SecurityHeaders { SecurityHeaders(isSecure: configuration.tls != nil) }

    private var channelConfiguration: HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                FlushTogether(),
                SecurityHeaders.Handler(security),
                ConnectionWatch(period: .seconds(configuration.stallSeconds)),
            ],
            idleTimeout: .seconds(configuration.idleSeconds),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: configuration.maxHeaderBytes,
                maxHeaderListSize: configuration.maxHeaderBytes,
                maxHeaderFieldCount: Self.maxHeaders))
    }

    private func gateway(
        _ stopping: StoppingFlag, _ streams: OpenStreams
    ) -> Gateway<Context> {
        Gateway(
            graphQL: GraphQLRoute(
                backend: backend,
                admission: admission,
                rates: RateLimiter(configuration.rates),
                limiter: BadKeyLimiter(perMinute: configuration.badKeysPerMinute),
                reader: GraphQLRequestReader(
                    bodyReader: RequestBodyReader(
                        limit: configuration.maxBodyBytes,
                        deadline: .seconds(configuration.bodySeconds)),
                    maxBatch: configuration.maxBatch),
                subscriptions: SubscriptionRoute(
                    backend: backend, streams: streams, keepAlive: configuration.streamKeepAlive),
                documents: configuration.trustedDocuments.map { .trusted($0) }
                    ?? .any(PersistedDocuments(maxBytes: configuration.maxPersistedBytes)),
                tracing: configuration.tracer.map { RequestTracing(tracer: $0) },
                allowsAnonymousIntrospection: configuration.allowsAnonymousIntrospection,
                compresses: configuration.compresses),
            health: HealthRoutes(readiness: backend.readiness),
            clientKeys: ClientKeyRoute(find: backend.clientKey),
            clientAddress: ClientAddress(trustedProxies: configuration.trustedProxies),
            metricsEndpoint: configuration.metrics,
            metrics: RequestMetrics(rootFields: backend.rootFieldNames),
            tracing: configuration.tracer.map { RequestTracing(tracer: $0) },
            stopping: stopping,
            compresses: configuration.compresses,
            security: security,
            cors: configuration.cors,
            logger: logger,
            log: log)
    }
}
