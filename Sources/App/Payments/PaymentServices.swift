import Ledger
import Logging

/// How payments are made.
package struct PaymentConfiguration: Sendable {
    /// How long a quote can be used.
    package var quoteSeconds = 300
    /// How long an outgoing payment waits for its money.
    package var fundingSeconds = 86_400
    /// The step by which the waits between attempts to send grow.
    package var retrySeconds = 10
    /// How long a payment pointer's money waits for more before an event tells of it; nil for as
    /// long as the asset's threshold is not reached.
    package var throttleSeconds: Int?
    /// What exchange rates are made from.
    package var prices = PriceConfiguration()
    /// The operator's service that has the last word on quotes, and what signs what it is sent.
    package var quoteURL: String?
    package var quoteSecret: String?
    /// How long that service may take.
    package var quoteTimeout = Duration.seconds(5)

    package init() {}
}

/// The services of payments, made from what they share.
struct PaymentServices: Sendable {
    let incoming: IncomingPaymentService
    let quotes: QuoteService
    let outgoing: OutgoingPaymentService
    let funding: FundingService
    let withdrawals: EventWithdrawalService
    let positions: PositionService
    let work: PaymentWork

    /// What payments need of the rest of the server.
    struct Environment: Sendable {
        let database: Database
        let ledger: Ledger
        let assets: AssetRepository
        let tenants: TenantRepository
        let paymentPointers: PaymentPointerRepository
        let pointerEvents: PointerEventService
        let prices: PriceService
        let outbox: WebhookOutbox
        let outbound: OutboundClient
        let logger: Logger
    }

    init(_ configuration: PaymentConfiguration, _ environment: Environment) {
        let database = environment.database
        let ledger = environment.ledger
        let incomingRepository = IncomingPaymentRepository(database: database)
        let outgoingRepository = OutgoingPaymentRepository(database: database)
        let quoteRepository = QuoteRepository(database: database)
        let payees = PayeeFinder(repository: PayeeRepository(database: database))
        let callback = configuration.quoteURL.map { url in
            QuoteCallback(
                url: url, secret: configuration.quoteSecret, timeout: configuration.quoteTimeout,
                client: environment.outbound)
        }
        positions = PositionService(
            database: database, repository: PositionRepository(database: database),
            assets: environment.assets, tenants: environment.tenants, ledger: ledger)
        incoming = IncomingPaymentService(
            database: database, repository: incomingRepository, outbox: environment.outbox)
        quotes = QuoteService(
            database: database, repository: quoteRepository,
            paymentPointers: environment.paymentPointers, payees: payees, positions: positions,
            prices: environment.prices, callback: callback,
            seconds: configuration.quoteSeconds)
        outgoing = OutgoingPaymentService(
            database: database, repository: outgoingRepository, quotes: quoteRepository,
            paymentPointers: environment.paymentPointers, payees: payees,
            fundingSeconds: configuration.fundingSeconds, outbox: environment.outbox)
        let delivery = DeliveryService(
            database: database, ledger: ledger, payments: outgoingRepository,
            receivers: incomingRepository, positions: positions,
            retrySeconds: configuration.retrySeconds, outbox: environment.outbox)
        funding = FundingService(
            database: database, ledger: ledger, payments: outgoingRepository,
            deliveries: DeliveryQueue(
                service: delivery, concurrency: 2, logger: environment.logger),
            concurrency: 2, logger: environment.logger)
        withdrawals = EventWithdrawalService(
            database: database, repository: EventWithdrawalRepository(database: database),
            ledger: ledger)
        work = PaymentWork(
            repository: WorkRepository(database: database), incoming: incoming,
            delivery: delivery, pointerEvents: environment.pointerEvents,
            logger: environment.logger)
    }
}
