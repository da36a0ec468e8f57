import Foundation
import Postgres

/// All SQL of the ledger outside its own SQL functions.
struct LedgerRepository: Sendable {
    /// The statement that applies a batch.
    static func apply(_ batch: Batch) -> SQL {
        """
        -- ledger.apply
        select code, amount from hazina.ledger_apply(
            \(batch.actions), \(batch.groups), \(batch.ids), \(batch.debits), \(batch.credits),
            \(batch.kinds), \(batch.amounts), \(batch.timeouts))
        """
    }

    /// - Throws: a `PostgresError` that may be retried if another transaction made a transfer of
    ///   the same id just now.
    func apply(
        _ operations: [LedgerOperation], in transaction: Transaction
    ) async throws -> [Result<UInt64, LedgerError>] {
        let batch = Batch(operations)
        do {
            return try batch.results(of: try await transaction.query(Self.apply(batch)))
        } catch var error as PostgresError where error.constraint == Self.transferKey {
            error.sqlState = "40001"
            throw error
        }
    }

    /// Violated when two transactions make a transfer of one id at the same time.
    static let transferKey = "ledger_transfers_pkey"

    /// The transfers of these ids that were made or resolved in the last seconds.
    static func recent(_ ids: [UUID], within seconds: Double, tenant: UUID) -> SQL {
        """
        -- ledger.recent
        select id, debit_account_id, credit_account_id, amount, state::text as state
        from hazina.ledger_transfers
        where tenant_id = \(tenant) and id = any (\(ids))
            and coalesce(resolved_at, created_at)
                > clock_timestamp() - make_interval(secs => \(seconds))
        """
    }

    func openAccounts(
        ofAsset asset: UUID, settlement: UUID, in transaction: Transaction
    ) async throws {
        _ = try await transaction.query(
            """
            -- ledger.open_asset
            select hazina.ledger_open_asset(\(asset), \(settlement))
            """)
    }

    func openAccount(
        _ id: UUID, kind: AccountKind, asset: UUID, in transaction: Transaction
    ) async throws {
        _ = try await transaction.query(
            """
            -- ledger.open_account
            select hazina.ledger_open_account(\(id), \(asset), \(kind.rawValue))
            """)
    }

    static func openAccounts(_ accounts: [NewAccount]) -> SQL {
        """
        -- ledger.open_accounts
        select hazina.ledger_open_accounts(
            \(accounts.map(\.id)), \(accounts.map(\.asset)), \(accounts.map(\.kind.rawValue)))
        """
    }

    func setLimit(
        _ limit: UInt64, of account: UUID, in transaction: Transaction
    ) async throws -> Bool {
        let rows = try await transaction.query(
            """
            -- ledger.set_limit
            select hazina.ledger_set_limit(\(account), \(limit)) as is_set
            """)
        return try rows.first?.decode("is_set") ?? false
    }

    func closeAccount(_ id: UUID, in transaction: Transaction) async throws -> Bool {
        let rows = try await transaction.query(
            """
            -- ledger.close_account
            select hazina.ledger_close_account(\(id)) as is_closed
            """)
        return try rows.first?.decode("is_closed") ?? false
    }

    func holdTenant(in transaction: Transaction) async throws -> Bool {
        let rows = try await transaction.query(
            """
            -- ledger.hold_tenant
            select hazina.ledger_hold_tenant() as holds_balance
            """)
        return try rows.first?.decode("holds_balance") ?? false
    }
}
