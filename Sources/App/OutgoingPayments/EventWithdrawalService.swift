import Foundation
import Ledger

/// Pays out what events offer. The transfer's id is the event's, so that it is done once.
struct EventWithdrawalService: Sendable {
    let database: Database
    let repository: EventWithdrawalRepository
    let ledger: Ledger

    /// - Throws: `LiquidityError`.
    func withdraw(forEvent id: String, in context: RequestContext) async throws {
        let tenant = try context.tenantID()
        guard let event = UUID(text: id),
            let offer = try await repository.offer(of: event, tenant: tenant)
        else { throw LiquidityError.invalidId }
        let operation = LedgerOperation.transfer([
            Transfer(id: event, debit: offer.account, credit: nil, amount: offer.amount)
        ])
        do {
            guard let pointer = offer.paymentPointer else {
                _ = try await database.perform(operation, of: ledger, as: tenant)
                return
            }
            try await database.transaction(as: tenant) { transaction in
                try await repository.record(
                    offer.amount, of: pointer, tenant: tenant, in: transaction)
                try await ledger.apply(operation, in: transaction)
            }
        } catch let error as LedgerError {
            throw LiquidityError(error.reason, unknown: .unknownPayment) ?? error
        }
    }
}
