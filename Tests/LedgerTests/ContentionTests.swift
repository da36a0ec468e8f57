import Foundation
import Ledger
import Postgres
import TestSupport
import Testing

/// Many callers of many processes on one database.
@Suite(.timeLimit(.minutes(2))) struct ContentionTests {
    private static let processes = 8
    private static let callers = 64

    @Test func `callers of eight processes on 10,000 accounts meet no dead-lock and no retry`()
        async throws
    {
        try await LedgerFixture.with { fixture in
            let peers = try await open(10_000, fixture)
            var pools: [Pool] = []
            for _ in 0..<Self.processes { pools.append(try await fixture.database.pool(size: 2)) }
            let processes = pools.map { (pool: $0, ledger: LedgerFixture.ledger($0)) }
            let moved = await withTaskGroup(of: Int.self) { group in
                for caller in 0..<Self.callers {
                    let (pool, ledger) = processes[caller % Self.processes]
                    group.addTask { await work(pool, ledger, peers, seed: UInt64(caller)) }
                }
                return await group.reduce(0, +)
            }
            for pool in pools { await pool.shutdown() }
            #expect(moved == Self.callers * 40)
            try await expectNoDeadLock(fixture)
            let report = try await LedgerAudit(pool: fixture.pool).report(on: LedgerFixture.tenant)
            #expect(report.findings.isEmpty)
            #expect(report.accounts > 10_000)
        }
    }

    /// Deposits and transfers between accounts that others use too, some of them in a transaction
    /// with more than one.
    /// - Returns: how many operations were answered.
    private func work(_ pool: Pool, _ ledger: Ledger, _ peers: [UUID], seed: UInt64) async -> Int {
        var random = SeededRandom(seed: seed)
        var answered = 0
        // Half of all go to few accounts, so that callers do meet.
        let peer = { (random: inout SeededRandom) in
            peers[Int.random(in: 0..<(random.chance(50) ? 8 : peers.count), using: &random)]
        }
        while answered < 40 {
            let (first, second) = (peer(&random), peer(&random))
            let operations: [LedgerOperation] = [
                .transfer([.deposit(id: random.uuid(), to: first, kind: .peer, amount: 5)]),
                .transfer([Transfer(id: random.uuid(), debit: first, credit: second, amount: 3)]),
            ]
            do {
                if random.chance(50) {
                    let settings = LedgerFixture.settings(LedgerFixture.tenant)
                    let answers = try await pool.transaction(settings: settings) { transaction in
                        try await ledger.apply(operations, in: transaction)
                    }
                    for answer in answers { expectSound(answer) }
                } else {
                    for operation in operations {
                        expectSound(await Outcome.of(operation, ledger).answer)
                    }
                }
            } catch {
                Issue.record(error, "seed \(seed)")
            }
            answered += operations.count
        }
        return answered
    }

    private func expectSound(_ answer: Result<UInt64, LedgerError>) {
        guard case .failure(let error) = answer else { return }
        #expect([.sameAccount, .insufficientBalance].contains(error.reason))
    }

    private func open(_ count: Int, _ fixture: LedgerFixture) async throws -> [UUID] {
        try await fixture.transaction { transaction in
            try await transaction.query(
                """
                select hazina.ledger_open_accounts(
                    array_agg(gen_random_uuid()), array_agg(\(fixture.euro)::uuid),
                    array_agg('peer'::text))
                from generate_series(1, \(Int32(count)))
                """)
            let rows = try await transaction.query(
                "select id from hazina.ledger_accounts where kind = 'peer'")
            return try rows.map { try $0.decode("id", as: UUID.self) }
        }
    }

    /// Neither one that a caller saw, nor one that was hidden by trying again.
    private func expectNoDeadLock(_ fixture: LedgerFixture) async throws {
        let rows = try await fixture.pool.read(
            """
            select deadlocks from pg_stat_database where datname = current_database()
            """, settings: [])
        #expect(try rows.first?.decode("deadlocks", as: Int.self) == 0)
    }
}
