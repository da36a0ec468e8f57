import Foundation
import Postgres

/// What a payment pointer's events are made from.
struct PointerEventState: Sendable {
    let id: PaymentPointerID
    let assetID: AssetID
    let withdrawalThreshold: UInt64?
    /// When the next event is due, if one is.
    let processAt: Timestamp?
    /// What events have told of and nobody has withdrawn by them.
    let announced: UInt64
    let createdAt: Timestamp
    /// The moment of the transaction.
    let moment: Timestamp

    /// What no event has told of.
    func fresh(of available: UInt64) -> UInt64 {
        available - min(available, announced)
    }
}

/// The SQL of payment pointers' events.
struct PointerEventRepository: Sendable {
    /// The payment pointers in the order of their ids, which nobody else changes until the
    /// transaction ends.
    func lock(
        _ ids: [UUID], tenant: TenantID, in transaction: Transaction
    ) async throws -> [PointerEventState] {
        try await transaction.query(
            """
            -- pointer_events.lock
            select p.id, p.asset_id, p.process_at, p.created_at, a.withdrawal_threshold,
                least(p.events_amount - p.events_withdrawn_amount, 18446744073709551615)
                    as announced,
                now() as moment
            from hazina.payment_pointers p
            join hazina.assets a on a.tenant_id = p.tenant_id and a.id = p.asset_id
            where p.tenant_id = \(tenant) and p.id = any (\(ids))
            order by p.id for no key update of p
            """
        ).map { row in
            PointerEventState(
                id: try row.id("id"), assetID: try row.id("asset_id"),
                withdrawalThreshold: try row.decode("withdrawal_threshold"),
                processAt: try row.decode("process_at"), announced: try row.decode("announced"),
                createdAt: try row.decode("created_at"), moment: try row.decode("moment"))
        }
    }

    /// The payment pointers whose events are due, those due longest first; others that somebody
    /// else is at are left out.
    func due(
        _ limit: Int, tenant: TenantID, in transaction: Transaction
    ) async throws -> [UUID] {
        try await transaction.query(
            """
            -- pointer_events.due
            select id from hazina.payment_pointers
            where tenant_id = \(tenant) and process_at <= now()
            order by process_at, id limit \(limit) for no key update skip locked
            """
        ).map { try $0.decode("id") }
    }

    /// An event of the payment pointer is due in so many seconds.
    static func schedule(_ id: PaymentPointerID, inSeconds seconds: Int, tenant: TenantID) -> [SQL]
    {
        [
            """
            -- pointer_events.schedule
            update hazina.payment_pointers
            set process_at = now() + make_interval(secs => \(Double(seconds)))
            where tenant_id = \(tenant) and id = \(id)
            """,
            WorkRepository.schedule(.paymentPointer, [id.uuid], inSeconds: [Double(seconds)]),
        ]
    }

    /// So much more was told of the payment pointers; nothing is due any more.
    static func record(_ amounts: [PaymentPointerID: UInt64], tenant: TenantID) -> [SQL] {
        let ids = amounts.keys.map(\.uuid)
        return [
            """
            -- pointer_events.record
            update hazina.payment_pointers p
            set process_at = null, events_amount = p.events_amount + c.amount
            from unnest(\(ids), \(Array(amounts.values))) c (id, amount)
            where p.tenant_id = \(tenant) and p.id = c.id
            """,
            WorkRepository.finish(.paymentPointer, ids),
        ]
    }
}
