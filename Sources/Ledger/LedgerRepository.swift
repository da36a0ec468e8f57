import Foundation
import Postgres

/// All SQL of the ledger outside its own SQL functions.
struct LedgerRepository: Sendable {
    func openAccounts(
        ofAsset asset: UUID, settlement: UUID, in transaction: Transaction
    ) async throws {
        _ = try await transaction.query(
            """
            -- ledger.open_asset
            select hazina.ledger_open_asset(\(asset), \(settlement))
            """)
    }

    func openAccount(ofPeer peer: UUID, in transaction: Transaction) async throws {
        _ = try await transaction.query(
            """
            -- ledger.open_peer
            select hazina.ledger_open_peer(\(peer))
            """)
    }

    func holdsBalance(tenant: UUID, in transaction: Transaction) async throws -> Bool {
        let rows = try await transaction.query(
            """
            -- ledger.holds_balance
            select exists (
                select 1 from hazina.ledger_accounts
                where tenant_id = \(tenant)
                    and (debits_posted <> credits_posted
                        or debits_pending <> 0 or credits_pending <> 0)
            ) as holds_balance
            """)
        return try rows.first?.decode("holds_balance") ?? false
    }
}
