package import GraphQL
package import Logging
package import Postgres
import Ledger

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
    /// Whether URLs that tenants chose may point to addresses that are not public.
    package var allowsPrivateURLs = false

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

/// The composition root: every repository and service is made here, once.
package final class App: Sendable {
    package let engine: Engine<RequestContext>
    private let authenticator: Authenticator
    private let pool: Pool
    private let idempotency: IdempotencyService
    private let clients: ClientService
    private let ledger: Ledger
    /// The work that comes by itself, for whoever runs this process.
    package let workers: [Worker]
    /// What happens in tenants, for those who follow it.
    package let feed: EventFeed

    /// - Throws: if the schema, its resolvers and its access rules do not fit together.
    package init(_ configuration: AppConfiguration, pool: Pool, logger: Logger) throws {
        let database = Database(pool: pool, statementTimeout: configuration.statementTimeout)
        let ledger = Ledger(database: database, logger: logger)
        let credentials = CredentialRepository(database: database)
        let apiKeyRepository = ApiKeyRepository(database: database)
        let tenantRepository = TenantRepository(database: database)
        let tenants = TenantService(
            database: database, repository: tenantRepository, apiKeys: apiKeyRepository,
            ledger: ledger)
        let assetRepository = AssetRepository(database: database)
        let assets = AssetService(
            database: database, repository: assetRepository, ledger: ledger)
        let pointerRepository = PaymentPointerRepository(database: database)
        let paymentPointers = PaymentPointerService(
            database: database, repository: pointerRepository, assets: assets, ledger: ledger)
        let outbound = OutboundClient(allowsPrivate: configuration.allowsPrivateURLs)
        let webhookEvents = WebhookEventRepository(database: database)
        let webhookQueue = WebhookQueueRepository(database: database)
        let outbox = WebhookOutbox(feed: EventFeed(events: webhookEvents, logger: logger))
        let webhooks = WebhookService(
            database: database, repository: WebhookRepository(database: database),
            events: webhookEvents, queue: webhookQueue, outbox: outbox, client: outbound,
            hasFallback: configuration.webhooks.fallback != nil)
        let delivery = WebhookDelivery(
            configuration.webhooks, queue: webhookQueue, client: outbound, signal: outbox.delivery,
            logger: logger)
        let pointerEvents = PointerEventService(
            database: database, repository: PointerEventRepository(), ledger: ledger,
            throttleSeconds: configuration.payments.throttleSeconds, signal: WakeSignal(),
            outbox: outbox)
        let prices = PriceService(
            configuration.payments.prices, database: database, logger: logger,
            fetch: { try await outbound.prices(from: $0, isTrusted: $1) })
        let payments = PaymentServices(
            configuration.payments,
            PaymentServices.Environment(
                database: database, ledger: ledger, assets: assetRepository,
                tenants: tenantRepository, paymentPointers: pointerRepository,
                pointerEvents: pointerEvents, prices: prices, outbox: outbox,
                outbound: outbound, logger: logger))
        let peers = PeerService(
            database: database, repository: PeerRepository(database: database), assets: assets,
            ledger: ledger)
        let liquidity = LiquidityService(
            database: database, ledger: ledger, paymentPointers: paymentPointers,
            pointerEvents: pointerEvents, withdrawalSeconds: configuration.withdrawalSeconds)
        let transfers = TransferService(
            database: database, ledger: ledger, pointerEvents: pointerEvents)
        let apiKeys = ApiKeyService(
            database: database, repository: apiKeyRepository, paymentPointers: paymentPointers,
            tenants: tenants)
        let sessions = SessionService(
            database: database, credentials: credentials, apiKeys: apiKeyRepository,
            repository: SessionRepository(), minutes: configuration.sessionMinutes,
            maximumHours: configuration.sessionMaximumHours)

        clients = ClientService(
            database: database, repository: ClientRepository(database: database))
        self.pool = pool
        self.ledger = ledger
        feed = outbox.feed
        workers = [
            delivery.worker, Self.transferExpiry(ledger, logger),
            Worker(
                "payments", signal: pointerEvents.signal, every: .seconds(1), logger: logger
            ) { _ in try await payments.work.pass() },
        ]
        idempotency = IdempotencyService(
            database: database, repository: IdempotencyRepository())
        authenticator = Authenticator(
            operatorKeys: OperatorKeys(configuration.operatorKeys), credentials: credentials,
            tenants: tenantRepository,
            uses: KeyUseRecorder(repository: apiKeyRepository, logger: logger))

        var resolvers = Resolvers<RequestContext>()
        resolvers.pageInfo()
        resolvers.assets(assets)
        resolvers.paymentPointers(paymentPointers)
        resolvers.pointerEvents(pointerEvents)
        resolvers.payments()
        resolvers.prices(prices)
        resolvers.incomingPayments(payments.incoming)
        resolvers.quotes(payments.quotes)
        resolvers.outgoingPayments(payments.outgoing, payments.funding, payments.withdrawals)
        resolvers.positions(payments.positions, liquidity)
        resolvers.peers(peers)
        resolvers.liquidity(liquidity)
        resolvers.transfers(transfers)
        resolvers.tenants(tenants)
        resolvers.apiKeys(apiKeys)
        resolvers.sessions(sessions)
        resolvers.clients(clients)
        resolvers.webhooks(webhooks)
        resolvers.whoami(tenants, paymentPointers)
        engine = try SchemaAssembly.engine(resolvers, limits: configuration.limits)
    }

    /// Who presents these credentials. A bad credential is no error but a caller without rights.
    /// - Throws: `PostgresError` if the database cannot tell.
    package func authenticate(_ credentials: Credentials) async throws -> Caller {
        try await authenticator.authenticate(credentials)
    }

    /// Carries out an operation under the key that the caller gave it.
    package func execute(
        _ operation: PreparedOperation, _ request: Request, under key: IdempotencyKey,
        in context: RequestContext
    ) async -> KeyedAnswer {
        let hash = IdempotencyKey.fingerprint(request, of: context.caller)
        return await idempotency.answer(under: key, hash: hash, in: context) { context in
            await self.engine.execute(operation, context: context).body
        }
    }

    /// Rolls back pending withdrawals and transfers whose time has passed, in all tenants.
    private static func transferExpiry(_ ledger: Ledger, _ logger: Logger) -> Worker {
        let batch = 100
        return Worker("expiry of pending transfers", every: .seconds(2), logger: logger) { _ in
            try await ledger.expire(limit: batch) == batch ? .more : .nothing
        }
    }

    /// A public key of a client of any tenant, with the client, as JSON; nil if it is unknown.
    package func clientKey(id: String) async throws -> String? {
        try await clients.publicKey(id: id)
    }

    /// Whether requests can be served now.
    package func readiness() async -> Readiness {
        await Readiness.check(pool)
    }
}
