package import Foundation
package import Postgres

/// Double-entry accounts in PostgreSQL. Nothing else writes them.
package struct Ledger: Sendable {
    private let repository = LedgerRepository()

    package init() {}

    /// Opens an asset's liquidity account, which has the asset's id, and its settlement account,
    /// within the transaction that makes the asset.
    package func openAccounts(
        ofAsset asset: UUID, settlement: UUID, in transaction: Transaction
    ) async throws {
        try await repository.openAccounts(ofAsset: asset, settlement: settlement, in: transaction)
    }

    /// Opens a peer's liquidity account, which has the peer's id, within the transaction that makes
    /// the peer.
    package func openAccount(ofPeer peer: UUID, in transaction: Transaction) async throws {
        try await repository.openAccount(ofPeer: peer, in: transaction)
    }

    /// Whether any account of the tenant has money on it or on its way.
    package func holdsBalance(tenant: UUID, in transaction: Transaction) async throws -> Bool {
        try await repository.holdsBalance(tenant: tenant, in: transaction)
    }
}
