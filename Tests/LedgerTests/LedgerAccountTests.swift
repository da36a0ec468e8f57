import Foundation
import Ledger
import Postgres
import TestSupport
import Testing

@Suite struct LedgerAccountTests {
    private static let tenant = "00000000-0000-7000-8000-000000000001"

    /// Runs `body` in a transaction of the operator's tenant, with the id of a new asset.
    private func withAsset(
        _ body: @escaping @Sendable (Transaction, UUID) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            let pool = try await database.pool()
            let setting = LocalSetting(name: "app.tenant_id", value: Self.tenant)
            try await pool.transaction(settings: [setting]) { transaction in
                let asset = UUID()
                _ = try await transaction.execute(
                    """
                    insert into hazina.assets (tenant_id, id, code, scale)
                    values (\(UUID(uuidString: Self.tenant)), \(asset), 'EUR', 2)
                    """)
                try await body(transaction, asset)
            }
            await pool.shutdown()
        }
    }

    @Test func `an asset has a liquidity account of its own id and a settlement account`()
        async throws
    {
        try await withAsset { transaction, asset in
            let settlement = UUID()
            try await Ledger().openAccounts(
                ofAsset: asset, settlement: settlement, in: transaction)
            let accounts = try await transaction.query(
                """
                select id, kind, (credits_posted + debits_posted + credits_pending
                    + debits_pending)::bigint as total
                from hazina.ledger_accounts where asset_id = \(asset) order by kind
                """)
            #expect(try accounts.map { try $0.decode("id", as: UUID.self) } == [asset, settlement])
            let kinds = try accounts.map { try $0.decode("kind", as: String.self) }
            #expect(kinds == ["asset", "settlement"])
            #expect(try accounts.allSatisfy { try $0.decode("total", as: Int.self) == 0 })
        }
    }

    @Test func `an asset has one settlement account only`() async throws {
        await #expect(throws: PostgresError.self) {
            try await withAsset { transaction, asset in
                let ledger = Ledger()
                try await ledger.openAccounts(
                    ofAsset: asset, settlement: UUID(), in: transaction)
                try await ledger.openAccounts(
                    ofAsset: asset, settlement: UUID(), in: transaction)
            }
        }
    }

    @Test(arguments: [
        "credits_posted = -1", "debits_posted = 1", "debits_pending = 1",
        "credits_posted = 1, debits_posted = 1, debits_pending = 1",
    ])
    func `the database itself refuses a balance that cannot be`(_ change: String) async throws {
        try await TestDatabase.with { database in
            try await TestDatabase.admin(database.adminURL) { connection in
                try await connection.execute(
                    script: """
                        insert into hazina.assets (tenant_id, id, code, scale)
                        values ('\(Self.tenant)', '\(Self.tenant)', 'EUR', 2);
                        insert into hazina.ledger_accounts (tenant_id, id, asset_id, kind)
                        values ('\(Self.tenant)', '\(Self.tenant)', '\(Self.tenant)', 'asset');
                        """)
                do {
                    try await connection.execute(
                        script: "update hazina.ledger_accounts set \(change)")
                    Issue.record("\(change) was accepted")
                } catch let error as PostgresError {
                    #expect(error.sqlState == "23514")
                }
            }
        }
    }
}
