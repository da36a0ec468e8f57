import Foundation
import Ledger
import Postgres

/// Events that tell a tenant of money on the own accounts of its payment pointers, which arrived
/// there by transfers.
///
/// One is due as soon as the asset's threshold is reached, or a while after the first money came.
/// It offers what no event has told of yet and is still there.
struct PointerEventService: Sendable {
    /// How many payment pointers one transaction processes.
    private static let batch = 100
    /// How many one call of `trigger` processes at most.
    static let maximum = 10_000

    let database: Database
    let repository: PointerEventRepository
    let ledger: Ledger
    /// How long money waits for more when the asset's threshold is not reached; nil for ever.
    let throttleSeconds: Int?
    let signal: WakeSignal
    let outbox: WebhookOutbox

    /// Performs an operation that credits payment pointers, and sees to their events within one
    /// transaction.
    /// - Throws: `LedgerError` if it was refused. What the ledger did then, such as to let a
    ///   transfer expire, is done all the same.
    func perform(
        _ operation: LedgerOperation, crediting pointers: [UUID], tenant: TenantID
    ) async throws {
        let results = try await database.transaction(as: tenant) { transaction in
            let states = try await repository.lock(pointers, tenant: tenant, in: transaction)
            let results = try await ledger.apply([operation], in: transaction)
            let balances = try await ledger.balances(
                of: states.map(\.id.uuid), tenant: tenant.uuid, in: transaction)
            for state in states {
                let available = balances[state.id.uuid]?.available ?? 0
                guard let seconds = wait(state, available: available) else { continue }
                try await transaction.pipeline(
                    PointerEventRepository.schedule(state.id, inSeconds: seconds, tenant: tenant))
            }
            return results
        }
        _ = try results.map { try $0.get() }
        database.afterCommit { signal.wake() }
    }

    /// In how many seconds an event becomes due by money that has come; nil to leave it as it is.
    private func wait(_ state: PointerEventState, available: UInt64) -> Int? {
        let fresh = state.fresh(of: available)
        if let threshold = state.withdrawalThreshold, fresh >= threshold { return 0 }
        return state.processAt == nil ? throttleSeconds : nil
    }

    /// Tells of the payment pointers whose events are due.
    func process(_ ids: [UUID], tenant: TenantID) async throws {
        try await database.transaction(as: tenant) { transaction in
            try await process(ids, tenant: tenant, in: transaction)
        }
        database.afterCommit { outbox.wake(tenant) }
    }

    /// Tells of up to `limit` payment pointers whose events are due, those due longest first.
    /// - Returns: how many were looked at.
    func trigger(limit: Int, in context: RequestContext) async throws -> Int {
        guard limit >= 0 else { throw InvalidInput("limit must be 0 or more") }
        let tenant = try context.tenantID()
        var left = min(limit, Self.maximum)
        var count = 0
        while left > 0 {
            let size = min(left, Self.batch)
            let found = try await database.transaction(as: tenant) { transaction in
                let ids = try await repository.due(size, tenant: tenant, in: transaction)
                try await process(ids, tenant: tenant, in: transaction)
                return ids.count
            }
            count += found
            left -= found
            if found < size { break }
        }
        database.afterCommit { outbox.wake(tenant) }
        return count
    }

    private func process(
        _ ids: [UUID], tenant: TenantID, in transaction: Transaction
    ) async throws {
        guard !ids.isEmpty else { return }
        let states = try await repository.lock(ids, tenant: tenant, in: transaction)
            .filter { state in state.processAt.map { $0 <= state.moment } ?? false }
        let balances = try await ledger.balances(
            of: states.map(\.id.uuid), tenant: tenant.uuid, in: transaction)
        let amounts = Dictionary(
            states.map { ($0.id, $0.fresh(of: balances[$0.id.uuid]?.available ?? 0)) }
        ) { first, _ in first }
        let events = states.compactMap { state in
            amounts[state.id].flatMap { $0 == 0 ? nil : Self.event(of: state, amount: $0) }
        }
        var statements = PointerEventRepository.record(amounts, tenant: tenant)
        if !events.isEmpty {
            statements.append(WebhookEventRepository.insert(events, tenant: tenant))
        }
        try await transaction.pipeline(statements)
    }

    private static func event(of pointer: PointerEventState, amount: UInt64) -> WebhookEvent {
        WebhookEvent(
            id: .next(), kind: .webMonetization, subject: pointer.id.uuid,
            paymentPointer: pointer.id,
            data: [
                "paymentPointer": [
                    "id": .string(pointer.id.description),
                    "createdAt": .string(pointer.createdAt.text),
                    "received": .string(String(amount)),
                ]
            ],
            withdrawal: WebhookEvent.Withdrawal(
                account: pointer.id.uuid, asset: pointer.assetID, amount: amount))
    }
}
