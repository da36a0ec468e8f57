import Ledger
import Logging
import Postgres

/// Every repository and service, made once. What has many parts of its own makes them itself.
struct Services: Sendable {
    private let database: Database
    let ledger: Ledger
    let tenants: TenantService
    let assets: AssetService
    let paymentPointers: PaymentPointerService
    let pointerEvents: PointerEventService
    let peers: PeerService
    let liquidity: LiquidityService
    let transfers: TransferService
    let apiKeys: ApiKeyService
    let sessions: SessionService
    let clients: ClientService
    let prices: PriceService
    let webhooks: WebhookServices
    let payments: PaymentServices
    let idempotency: IdempotencyService
    let authenticator: Authenticator
    let retention: Retention
    let auditLog: AuditLogService

    /// - Parameter rootFields: the names of all root fields of the schema.
    init(
        _ configuration: AppConfiguration, database: Database, logger: Logger,
        rootFields: Set<String>
    ) {
        self.database = database
        let outbound = OutboundClient(
            allowsPrivate: configuration.allowsPrivateURLs,
            authorities: configuration.trustedAuthorities)
        let tenantRepository = TenantRepository(database: database)
        let assetRepository = AssetRepository(database: database)
        let pointerRepository = PaymentPointerRepository(database: database)
        ledger = Ledger(database: database, logger: logger)
        webhooks = WebhookServices(
            configuration.webhooks, database: database, outbound: outbound, logger: logger)
        prices = PriceService(
            configuration.payments.prices, database: database, logger: logger,
            check: { url throws(OutboundError) in try outbound.check(url) },
            fetch: PriceFetch.over(outbound))
        assets = AssetService(database: database, repository: assetRepository, ledger: ledger)
        paymentPointers = PaymentPointerService(
            database: database, repository: pointerRepository, assets: assets, ledger: ledger)
        pointerEvents = PointerEventService(
            database: database, repository: PointerEventRepository(), ledger: ledger,
            throttleSeconds: configuration.payments.throttleSeconds, signal: WakeSignal(),
            outbox: webhooks.outbox)
        payments = PaymentServices(
            configuration.payments,
            PaymentServices.Environment(
                database: database, ledger: ledger, assets: assetRepository,
                tenants: tenantRepository, paymentPointers: pointerRepository,
                pointerEvents: pointerEvents, prices: prices, outbox: webhooks.outbox,
                outbound: outbound, logger: logger))
        peers = PeerService(
            database: database, repository: PeerRepository(database: database), assets: assets,
            ledger: ledger)
        liquidity = LiquidityService(
            database: database, ledger: ledger, paymentPointers: paymentPointers,
            pointerEvents: pointerEvents, withdrawalSeconds: configuration.withdrawalSeconds)
        transfers = TransferService(
            database: database, ledger: ledger, pointerEvents: pointerEvents)
        clients = ClientService(
            database: database, repository: ClientRepository(database: database))
        idempotency = IdempotencyService(
            database: database, repository: IdempotencyRepository())

        retention = Retention(configuration.retention, database: database)
        auditLog = AuditLogService(database: database, logger: logger)

        let keyRepository = ApiKeyRepository(database: database)
        let credentials = CredentialRepository(database: database)
        tenants = TenantService(
            database: database, repository: tenantRepository, apiKeys: keyRepository,
            ledger: ledger)
        apiKeys = ApiKeyService(
            database: database, repository: keyRepository, paymentPointers: paymentPointers,
            tenants: tenants, rootFields: rootFields)
        sessions = SessionService(
            database: database, credentials: credentials, apiKeys: keyRepository,
            repository: SessionRepository(), minutes: configuration.sessionMinutes,
            maximumHours: configuration.sessionMaximumHours)
        authenticator = Authenticator(
            operatorKeys: OperatorKeys(configuration.operatorKeys),
            credentials: CredentialLookup(on: database.executor) {
                try await credentials.find(hash: $0, isSession: $1)
            },
            tenants: tenantRepository,
            uses: KeyUseRecorder(repository: keyRepository, logger: logger))
    }

    /// The work that comes by itself.
    func workers(logger: Logger) -> [Worker] {
        [
            webhooks.delivery.worker,
            Worker("payments", signal: pointerEvents.signal, every: .seconds(1), logger: logger) {
                [payments] _ in
                try await payments.work.pass()
            },
            Worker("expiry of pending transfers", every: .seconds(2), logger: logger) {
                [ledger] _ in
                try await ledger.expire(limit: Self.batch) == Self.batch ? .more : .nothing
            },
            retention.worker(logger: logger),
            DatabaseClock.worker(database.pool, logger: logger),
        ]
    }

    /// How many transfers expire in one pass.
    private static let batch = 100
}
