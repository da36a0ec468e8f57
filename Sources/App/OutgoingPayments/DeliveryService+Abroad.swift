import Foundation
import Ledger
import Postgres

/// Payments from one tenant to another. Each is one transaction that works as both, one after the
/// other; accounts are locked in the order of the tenants' ids.
extension DeliveryService {
    /// Thrown to undo what one tenant's half has moved when the other's cannot follow.
    private struct Undone: Error {
        let failure: PaymentFailure
    }

    func sendAbroad(_ id: UUID, tenant: TenantID) async throws {
        do {
            let other = try await database.transaction(as: tenant) { transaction in
                try await sendAbroad(id, tenant: tenant, in: transaction)
            }
            if let other { outbox.wake(other) }
        } catch let undone as Undone {
            try await database.transaction(as: tenant) { transaction in
                let locked = try await payments.lock([id], tenant: tenant, in: transaction)
                let changes = locked.compactMap { payment, moment in
                    payment.state == .sending
                        ? payment.change(.retry(undone.failure), at: moment) : nil
                }
                try await record(changes, tenant: tenant, in: transaction)
            }
        }
    }

    /// - Returns: the other tenant; nil if there was nothing to send.
    private func sendAbroad(
        _ id: UUID, tenant: TenantID, in transaction: Transaction
    ) async throws -> TenantID? {
        guard
            let (payment, moment) = try await payments.lock([id], tenant: tenant, in: transaction)
                .first, payment.state == .sending
        else { return nil }
        let other = payment.quote.receiverTenantID
        try await transaction.set(database.settings(other))
        let receiver = try await receivers.lock(
            [payment.quote.receiverPaymentID.uuid], tenant: other, in: transaction
        ).first?.payment
        let decision = DeliveryDecision(payment, to: receiver, at: moment)
        if case .send = decision, let receiver {
            try await move(payment, to: receiver, in: transaction)
            let received = receiver.receivedAmount.value + payment.quote.receiveAmount.value
            try await transaction.set(database.settings(other))
            try await record(
                [], received: [receiver.change(received: received, at: moment)], tenant: other,
                in: transaction)
        }
        try await transaction.set(database.settings(tenant))
        try await record([payment.change(decision, at: moment)], tenant: tenant, in: transaction)
        return other
    }

    /// Moves the money on both sides: the paying tenant owes it then, and the other is owed it.
    private func move(
        _ payment: OutgoingPayment, to receiver: IncomingPayment, in transaction: Transaction
    ) async throws {
        let payer = payment.tenantID
        try await transaction.set(database.settings(receiver.tenantID))
        guard
            let receivable = try await positions.receivable(
                of: receiver.tenantID, from: payer, receiver.assetID, in: transaction)
        else { throw Undone(failure: .positionLimit) }
        try await ledger.openAccounts([receiver.account], in: transaction)
        try await transaction.set(database.settings(payer))
        guard
            let payable = try await positions.payable(
                of: payer, to: receiver.tenantID, payment.quote.receiveAmount,
                limit: receivable.limit, in: transaction)
        else { throw Undone(failure: .unavailable) }
        let fees = try await feeAccounts(of: [payment], tenant: payer, in: transaction)
        let legs = DeliveryLegs(
            payment, to: payable.id.uuid, in: payable.assetID,
            feeAccount: fees[payment.quote.assetID.uuid])
        let claim = Transfer(
            id: UUIDv7.next(), debit: receivable.id.uuid, credit: receiver.id.uuid,
            amount: payment.quote.receiveAmount.value)
        let halves: [(TenantID, [Transfer], (LedgerError) -> PaymentFailure)] = [
            (payer, legs.transfers, legs.failure),
            (
                receiver.tenantID, [claim],
                { $0.reason == .insufficientBalance ? .positionLimit : .unavailable }
            ),
        ]
        for (tenant, transfers, failure) in halves.sorted(by: { $0.0 < $1.0 }) {
            try await transaction.set(database.settings(tenant))
            do {
                try await ledger.apply(.transfer(transfers), in: transaction)
            } catch let error as LedgerError {
                throw Undone(failure: failure(error))
            }
        }
    }
}

extension ID {
    /// The order of ids as PostgreSQL has it: byte by byte.
    static func < (one: ID, other: ID) -> Bool {
        one.description < other.description
    }
}
