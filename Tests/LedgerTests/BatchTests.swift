import Foundation
import Ledger
import Postgres
import TestSupport
import Testing

/// What happens to a batch as a whole.
@Suite struct BatchTests {
    private func deposit(_ amount: UInt64, to peer: UUID) -> LedgerOperation {
        .transfer([.deposit(id: UUID(), to: peer, kind: .peer, amount: amount)])
    }

    /// The outcomes of operations that come at the same time: nil for success.
    private func outcomes(
        _ operations: [LedgerOperation], _ ledger: Ledger
    ) async -> [(any Error)?] {
        await withTaskGroup(of: (any Error)?.self) { group in
            for operation in operations {
                group.addTask {
                    do {
                        _ = try await ledger.perform(operation, tenant: LedgerFixture.tenant)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func `many at once are all carried out, also on one connection`() async throws {
        for poolSize in [1, 4] {
            try await LedgerFixture.with(poolSize: poolSize) { fixture in
                let peers = try await fixture.openPeers(10)
                let operations = (0..<500).map { deposit(1, to: peers[$0 % 10]) }
                let outcomes = await outcomes(operations, fixture.ledger)
                #expect(outcomes.count == 500)
                #expect(outcomes.allSatisfy { $0 == nil })
                for peer in peers { #expect(try await fixture.available(peer) == 50) }
            }
        }
    }

    @Test func `one that the database refuses fails alone`() async throws {
        try await LedgerFixture.with { fixture in
            let peers = try await fixture.openPeers(2)
            try await TestDatabase.admin(fixture.database.adminURL) { connection in
                try await connection.execute(
                    script: """
                        alter table hazina.ledger_transfers add constraint no_sevens
                            check (amount <> 7)
                        """)
            }
            let operations = (1...40).map { deposit(UInt64($0), to: peers[$0 % 2]) }
            let failures = await outcomes(operations, fixture.ledger).compactMap { $0 }
            #expect(failures.count == 1)
            #expect((failures.first as? PostgresError)?.constraint == "no_sevens")
            var sum: UInt64 = 0
            for peer in peers { sum += try await fixture.available(peer) ?? 0 }
            #expect(sum == 813)
        }
    }

    @Test func `a batch that waits too long for a lock fails once, not once for each of its rows`()
        async throws
    {
        try await LedgerFixture.with { fixture in
            let peer = try await fixture.openPeers(1)[0]
            let ledger = LedgerFixture.ledger(fixture.pool, statementTimeout: 300)
            try await TestDatabase.admin(fixture.database.adminURL) { connection in
                try await connection.execute(
                    script: "begin; select from hazina.ledger_accounts for update")
                let start = ContinuousClock.now
                let operations = (0..<50).map { _ in deposit(1, to: peer) }
                let outcomes = await outcomes(operations, ledger)
                #expect(outcomes.allSatisfy { ($0 as? PostgresError)?.sqlState == "57014" })
                #expect(start.duration(to: .now) < .seconds(6))
                try await connection.execute(script: "rollback")
            }
            #expect(try await fixture.available(peer) == 0)
        }
    }
}
