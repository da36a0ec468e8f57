package import Foundation
package import Ledger
package import Postgres

/// A ledger of its own database, with two assets of the operator's tenant and accounts to try.
package struct LedgerFixture: Sendable {
    package static let tenant = UUID(uuidString: "00000000-0000-7000-8000-000000000001") ?? UUID()

    package let database: TestDatabase
    package let pool: Pool
    package let ledger: Ledger
    /// Two assets, which are also the ids of their liquidity accounts.
    package let euro: UUID
    package let dollar: UUID

    package static func settings(_ tenant: UUID) -> [LocalSetting] {
        [LocalSetting(name: "app.tenant_id", value: tenant.uuidString.lowercased())]
    }

    @discardableResult
    package static func with<Result: Sendable>(
        poolSize: Int = 4, _ body: (LedgerFixture) async throws -> Result
    ) async throws -> Result {
        try await TestDatabase.with { database in
            let pool = try await database.pool(size: poolSize)
            do {
                let result = try await body(try await make(database, pool))
                await pool.shutdown()
                return result
            } catch {
                await pool.shutdown()
                throw error
            }
        }
    }

    private static func make(_ database: TestDatabase, _ pool: Pool) async throws -> LedgerFixture {
        let fixture = LedgerFixture(
            database: database, pool: pool, ledger: ledger(pool), euro: UUID(), dollar: UUID())
        try await fixture.transaction { transaction in
            for (asset, code) in [(fixture.euro, "EUR"), (fixture.dollar, "USD")] {
                try await transaction.execute(
                    """
                    insert into hazina.assets (tenant_id, id, code, scale)
                    values (\(tenant), \(asset), \(code), 2)
                    """)
                try await fixture.ledger.openAccounts(
                    ofAsset: asset, settlement: UUID(), in: transaction)
            }
        }
        return fixture
    }

    /// A ledger as another process would have it.
    /// - Parameter statementTimeout: in milliseconds, of each batch; 0 for none.
    package static func ledger(_ pool: Pool, statementTimeout: Int = 0) -> Ledger {
        Ledger(
            pool: pool, logger: TestSupport.logger,
            read: { statement, tenant in
                try await pool.read(statement, settings: tenant.map(settings) ?? [])
            },
            settings: { tenant in
                settings(tenant)
                    + [LocalSetting(name: "statement_timeout", value: "\(statementTimeout)")]
            })
    }

    @discardableResult
    package func transaction<Result: Sendable>(
        _ body: @escaping @Sendable (Transaction) async throws -> Result
    ) async throws -> Result {
        try await pool.transaction(settings: Self.settings(Self.tenant), body)
    }

    /// Opens accounts of the kind `peer`.
    package func openPeers(_ count: Int, asset: UUID? = nil) async throws -> [UUID] {
        let peers = (0..<count).map { _ in UUID() }
        let asset = asset ?? euro
        try await transaction { transaction in
            for peer in peers {
                try await ledger.openAccount(peer, kind: .peer, asset: asset, in: transaction)
            }
        }
        return peers
    }

    @discardableResult
    package func perform(_ operation: LedgerOperation) async throws -> UInt64 {
        try await ledger.perform(operation, tenant: Self.tenant)
    }

    package func deposit(_ amount: UInt64, to peer: UUID, id: UUID = UUID()) async throws {
        try await perform(
            .transfer([.deposit(id: id, to: peer, kind: .peer, amount: amount)]))
    }

    package func available(_ account: UUID) async throws -> UInt64? {
        try await ledger.balances(of: [account], tenant: Self.tenant)[account]?.available
    }

    /// The reason why an operation is refused; nil if it is not.
    package func refusal(_ operation: LedgerOperation) async throws -> LedgerError.Reason? {
        do {
            try await perform(operation)
            return nil
        } catch let error as LedgerError {
            return error.reason
        }
    }
}
