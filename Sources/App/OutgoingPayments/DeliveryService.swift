import Foundation
import Ledger
import Postgres

/// Sends outgoing payments whose money is there, those of a tenant together in one transaction.
///
/// Rows are locked in this order: outgoing payments, incoming payments, accounts; each by id.
struct DeliveryService: Sendable {
    let database: Database
    let ledger: Ledger
    let payments: OutgoingPaymentRepository
    let receivers: IncomingPaymentRepository
    let positions: PositionService
    /// The step by which the waits between attempts grow.
    let retrySeconds: Int
    let outbox: WebhookOutbox

    /// Does what is due with the tenant's payments: sends them, or gives up those whose money did
    /// not come.
    func process(_ ids: [UUID], tenant: TenantID) async throws {
        var waiting = ids
        while !waiting.isEmpty {
            let due = waiting
            let rest = try await database.transaction(as: tenant) { transaction in
                try await process(due, tenant: tenant, in: transaction)
            }
            for payment in rest.abroad { try await sendAbroad(payment, tenant: tenant) }
            waiting = rest.waiting
        }
        outbox.wake(tenant)
    }

    private struct Rest: Sendable {
        /// Payments for receivers that another payment of the same transaction is for.
        var waiting: [UUID] = []
        /// Payments to other tenants.
        var abroad: [UUID] = []
    }

    private func process(
        _ ids: [UUID], tenant: TenantID, in transaction: Transaction
    ) async throws -> Rest {
        let locked = try await payments.lock(ids, tenant: tenant, in: transaction)
        guard let moment = locked.first?.moment else { return Rest() }
        var rest = Rest()
        var changes: [OutgoingPaymentChange] = []
        var home: [OutgoingPayment] = []
        for (payment, _) in locked {
            switch payment.state {
            case .funding:
                changes.append(
                    OutgoingPaymentChange(
                        payment: payment, state: .failed, error: .fundingExpired, moment: moment))
            case .sending where payment.quote.receiverTenantID == tenant: home.append(payment)
            case .sending: rest.abroad.append(payment.id.uuid)
            case .completed, .failed: break
            }
        }
        let sent = try await send(home, at: moment, tenant: tenant, in: transaction)
        rest.waiting = sent.waiting
        let ended = locked.map(\.payment).filter { $0.state == .completed || $0.state == .failed }
        try await record(
            changes + sent.changes, received: sent.received, ended: ended, tenant: tenant,
            in: transaction)
        return rest
    }

    private struct Sent {
        var changes: [OutgoingPaymentChange] = []
        var received: [IncomingPaymentChange] = []
        var waiting: [UUID] = []
    }

    /// Sends payments within the tenant.
    private func send(
        _ payments: [OutgoingPayment], at moment: Timestamp, tenant: TenantID,
        in transaction: Transaction
    ) async throws -> Sent {
        guard !payments.isEmpty else { return Sent() }
        let locked = try await receivers.lock(
            Array(Set(payments.map(\.quote.receiverPaymentID.uuid))), tenant: tenant,
            in: transaction)
        let open = Dictionary(locked.map { ($0.payment.id, $0.payment) }) { first, _ in first }
        var sent = Sent()
        var received: [IncomingPaymentID: UInt64] = [:]
        var due: [OutgoingPayment] = []
        for payment in payments {
            let receiver = open[payment.quote.receiverPaymentID]
            let decision = DeliveryDecision(payment, to: receiver, at: moment)
            guard case .send = decision, let receiver else {
                sent.changes.append(payment.change(decision, at: moment))
                continue
            }
            let (total, isTooMuch) = (received[receiver.id] ?? receiver.receivedAmount.value)
                .addingReportingOverflow(payment.quote.receiveAmount.value)
            // What one brings decides whether a receiver with a limit takes the next.
            let isSecond = received[receiver.id] != nil
            if isTooMuch || (isSecond && receiver.incomingAmount != nil) {
                sent.waiting.append(payment.id.uuid)
            } else {
                received[receiver.id] = total
                due.append(payment)
            }
        }
        try await move(due, to: open, at: moment, tenant, &sent, in: transaction)
        return sent
    }

    private func move(
        _ due: [OutgoingPayment], to receivers: [IncomingPaymentID: IncomingPayment],
        at moment: Timestamp, _ tenant: TenantID, _ sent: inout Sent, in transaction: Transaction
    ) async throws {
        guard !due.isEmpty else { return }
        let fees = try await feeAccounts(of: due, tenant: tenant, in: transaction)
        let pairs = due.compactMap { payment in
            receivers[payment.quote.receiverPaymentID].map { (payment, $0) }
        }
        let legs = pairs.map { payment, receiver in
            DeliveryLegs(
                payment, to: receiver.id.uuid, in: receiver.assetID,
                feeAccount: fees[payment.quote.assetID.uuid])
        }
        try await ledger.openAccounts(
            pairs.map(\.1.account), in: transaction)
        let outcomes = try await ledger.apply(
            legs.map { .transfer($0.transfers) }, in: transaction)
        var received: [IncomingPaymentID: UInt64] = [:]
        for (number, (payment, receiver)) in pairs.enumerated() {
            switch outcomes[number] {
            case .success:
                received[receiver.id, default: receiver.receivedAmount.value] +=
                    payment.quote.receiveAmount.value
                sent.changes.append(payment.change(.send, at: moment))
            case .failure(let error):
                let decision = DeliveryDecision.retry(legs[number].failure(error))
                sent.changes.append(payment.change(decision, at: moment))
            }
        }
        sent.received += received.compactMap { id, amount in
            receivers[id]?.change(received: amount, at: moment)
        }
    }

    func feeAccounts(
        of payments: [OutgoingPayment], tenant: TenantID, in transaction: Transaction
    ) async throws -> [UUID: UUID] {
        let assets = Set(
            payments.filter { $0.quote.feeAmount.value > 0 }.map(\.quote.assetID.uuid))
        guard !assets.isEmpty else { return [:] }
        return try await ledger.feeAccounts(
            of: Array(assets), tenant: tenant.uuid, in: transaction
        ).mapValues(\.account)
    }

    /// Writes down what has become of payments, tells of it, and sets when to try again.
    func record(
        _ changes: [OutgoingPaymentChange], received: [IncomingPaymentChange] = [],
        ended: [OutgoingPayment] = [], tenant: TenantID, in transaction: Transaction
    ) async throws {
        var statements: [SQL] = []
        if !changes.isEmpty {
            statements.append(OutgoingPaymentRepository.update(changes, tenant: tenant))
        }
        statements += IncomingPaymentRepository.apply(received, tenant: tenant)
        let events = changes.compactMap(\.event) + received.compactMap(\.event)
        if !events.isEmpty {
            statements.append(WebhookEventRepository.insert(events, tenant: tenant))
        }
        let done = changes.filter { $0.state != .sending }.map(\.payment.id.uuid)
        let forgotten = done + ended.map(\.id.uuid)
        if !forgotten.isEmpty {
            statements.append(WorkRepository.finish(.outgoingPayment, forgotten))
        }
        let again = changes.filter { $0.state == .sending }
        if !again.isEmpty {
            statements.append(
                WorkRepository.schedule(
                    .outgoingPayment, again.map(\.payment.id.uuid),
                    inSeconds: again.map { Double(min($0.attempts, 6) * retrySeconds) }))
        }
        try await transaction.pipeline(statements)
    }
}

extension IncomingPayment {
    /// Its liquidity account.
    var account: NewAccount {
        NewAccount(id: id.uuid, asset: assetID.uuid, kind: .incomingPayment)
    }
}
