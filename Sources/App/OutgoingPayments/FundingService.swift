import Foundation
import Ledger
import Logging
import Postgres

/// Puts the money of outgoing payments on their accounts. Those that come at the same time share a
/// transaction.
final class FundingService: Sendable {
    /// How many payments one transaction funds at most.
    private static let batchLimit = 100
    /// How long the outcome of a lost commit is looked for.
    private static let patience = Duration.seconds(15)

    private let database: Database
    private let batch: FundingBatch
    private let deliveries: DeliveryQueue
    private let coalescer: Coalescer<UUID, Void>

    init(
        database: Database, ledger: Ledger, payments: OutgoingPaymentRepository,
        deliveries: DeliveryQueue, concurrency: Int, logger: Logger
    ) {
        let batch = FundingBatch(database: database, ledger: ledger, payments: payments)
        self.database = database
        self.batch = batch
        self.deliveries = deliveries
        coalescer = Coalescer(
            limit: Self.batchLimit, concurrency: concurrency, executor: database.executor,
            tracer: database.tracer, name: "funding"
        ) { events, tenant in
            await batch.run(events, tenant: TenantID(tenant), patience: Self.patience, logger) {
                deliveries.add($0, of: $1)
            }
        }
    }

    /// Deposits what the payment of an event `outgoing_payment.created` sends, and has it sent.
    /// - Throws: `LiquidityError`.
    func deposit(forEvent id: String, in context: RequestContext) async throws {
        guard let event = UUID(text: id) else { throw LiquidityError.invalidId }
        let tenant = try context.tenantID()
        if UnitOfWork.current == nil {
            try await database.requireValidKey()
            return try await coalescer.perform(event, tenant: tenant.uuid)
        }
        // With other work of the request: it is sent once all of that is done.
        let results = try await batch.fund([event], tenant: tenant)
        let payments = try results.map { try $0.get() }
        database.afterCommit { [deliveries] in deliveries.add(payments, of: tenant) }
    }
}

/// The funding of some payments of a tenant, in one transaction.
struct FundingBatch: Sendable {
    let database: Database
    let ledger: Ledger
    let payments: OutgoingPaymentRepository

    /// One result an event, whatever happens.
    func run(
        _ events: [UUID], tenant: TenantID, patience: Duration, _ logger: Logger,
        funded: ([UUID], TenantID) -> Void
    ) async -> [Result<Void, any Error>] {
        let results: [Result<UUID, any Error>]
        do {
            results = try await fund(events, tenant: tenant)
        } catch let error where isUnknownOutcome(error) {
            logger.warning("Database lost during a commit", metadata: ["error": "\(error)"])
            results = await settle(events, tenant: tenant, patience: patience, error)
        } catch {
            results = events.map { _ in .failure(error) }
        }
        funded(results.compactMap { try? $0.get() }, tenant)
        return results.map { result in result.map { _ in } }
    }

    /// Whether a lost commit took effect, the transfers say: their ids are the events'.
    private func settle(
        _ events: [UUID], tenant: TenantID, patience: Duration, _ unknown: any Error
    ) async -> [Result<UUID, any Error>] {
        let deadline = ContinuousClock.now + patience
        while ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(200))
            guard let results = try? await fund(events, tenant: tenant) else { continue }
            return zip(events, results).map { event, result in
                // It is there: by the first attempt, or by somebody else's request.
                guard case .failure(LiquidityError.transferExists) = result else { return result }
                return .success(event)
            }
        }
        return events.map { _ in .failure(unknown) }
    }

    /// - Returns: the payment of each event, or why it was not funded.
    func fund(_ events: [UUID], tenant: TenantID) async throws -> [Result<UUID, any Error>] {
        try await database.transaction(as: tenant) { transaction in
            let rows = try await transaction.query(
                OutgoingPaymentRepository.fundable(events, tenant: tenant))
            var subjects: [UUID: UUID] = [:]
            for row in rows { subjects[try row.decode("event_id")] = try row.decode("subject_id") }
            let locked = try await payments.lock(
                Array(subjects.values), tenant: tenant, in: transaction)
            var open: [UUID: OutgoingPayment] = [:]
            var states: [UUID: OutgoingPayment] = [:]
            for (payment, _) in locked {
                states[payment.id.uuid] = payment
                if payment.state == .funding { open[payment.id.uuid] = payment }
            }
            var results: [Result<UUID, any Error>] = []
            var due: [(position: Int, event: UUID, payment: OutgoingPayment)] = []
            for (position, event) in events.enumerated() {
                guard let subject = subjects[event] else {
                    results.append(.failure(LiquidityError.invalidId))
                    continue
                }
                guard let payment = open.removeValue(forKey: subject) else {
                    results.append(.failure(refusal(of: states[subject])))
                    continue
                }
                results.append(.success(subject))
                due.append((position, event, payment))
            }
            let outcomes = try await deposit(due.map { ($0.event, $0.payment) }, in: transaction)
            for (entry, outcome) in zip(due, outcomes) {
                if case .failure(let error) = outcome {
                    results[entry.position] = .failure(
                        LiquidityError(error.reason, unknown: .unknownPayment) ?? error)
                }
            }
            let funded = results.compactMap { try? $0.get() }
            try await begin(
                funded.compactMap { states[$0] }, locked.first?.moment, tenant, transaction)
            return results
        }
    }

    private func refusal(of payment: OutgoingPayment?) -> LiquidityError {
        switch payment?.state {
        case nil: .unknownPayment
        case .failed
        where payment?.error == PaymentFailure.cancelled.rawValue
            || payment?.error == PaymentFailure.fundingExpired.rawValue:
            .notFunding
        default: .transferExists
        }
    }

    private func deposit(
        _ deposits: [(event: UUID, payment: OutgoingPayment)], in transaction: Transaction
    ) async throws -> [Result<UInt64, LedgerError>] {
        guard !deposits.isEmpty else { return [] }
        try await ledger.openAccounts(
            deposits.map { _, payment in
                NewAccount(
                    id: payment.id.uuid, asset: payment.quote.assetID.uuid,
                    kind: .outgoingPayment)
            }, in: transaction)
        return try await ledger.apply(
            deposits.map { event, payment in
                .transfer([
                    .deposit(
                        id: event, to: payment.id.uuid, kind: .outgoingPayment,
                        amount: payment.quote.sendAmount.value)
                ])
            }, in: transaction)
    }

    /// This process sends them; should it die, another one does once their time has come.
    private func begin(
        _ payments: [OutgoingPayment], _ moment: Timestamp?, _ tenant: TenantID,
        _ transaction: Transaction
    ) async throws {
        guard !payments.isEmpty, let moment else { return }
        let changes = payments.map { payment in
            OutgoingPaymentChange(payment: payment, state: .sending, moment: moment)
        }
        try await transaction.pipeline([
            OutgoingPaymentRepository.update(changes, tenant: tenant),
            WorkRepository.schedule(
                .outgoingPayment, payments.map(\.id.uuid),
                inSeconds: payments.map { _ in DeliveryQueue.lease }),
        ])
    }
}
