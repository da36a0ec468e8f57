import Foundation
import Postgres

/// The SQL of money that events offer for withdrawal.
struct EventWithdrawalRepository: Sendable {
    let database: Database

    struct Offer: Sendable {
        let account: UUID
        let amount: UInt64
        /// The payment pointer whose own account it is; nil for that of a payment.
        let paymentPointer: PaymentPointerID?
    }

    /// What an event offers; nil for an unknown event, or one that offers nothing.
    func offer(of event: UUID, tenant: TenantID) async throws -> Offer? {
        try await database.read(
            """
            -- event_withdrawals.offer
            select withdrawal_account_id, withdrawal_amount,
                case when withdrawal_account_id = payment_pointer_id
                    then payment_pointer_id end as payment_pointer_id
            from hazina.webhook_events
            where tenant_id = \(tenant) and id = \(event) and withdrawal_amount is not null
            """, as: tenant
        ).first.map { row in
            Offer(
                account: try row.decode("withdrawal_account_id"),
                amount: try row.decode("withdrawal_amount"),
                paymentPointer: try row.optionalID("payment_pointer_id"))
        }
    }

    /// What was offered of a payment pointer's account is gone: the next event does not count it.
    func record(
        _ amount: UInt64, of pointer: PaymentPointerID, tenant: TenantID,
        in transaction: Transaction
    ) async throws {
        try await transaction.execute(
            """
            -- event_withdrawals.record
            update hazina.payment_pointers
            set events_withdrawn_amount = events_withdrawn_amount + \(amount)
            where tenant_id = \(tenant) and id = \(pointer)
            """)
    }
}
