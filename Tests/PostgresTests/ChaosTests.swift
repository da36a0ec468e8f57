import Foundation
import Postgres
import Testing

/// Everything at once: work, cancellation, killed sessions.
@Suite(.timeLimit(.minutes(2))) struct ChaosTests {
    @Test(arguments: [1, 3])
    func `nothing hangs, leaks or is answered wrongly while sessions are killed`(
        size: Int
    ) async throws {
        let name = TestServer.uniqueName("chaos")
        try await TestServer.withConnection { connection in
            try await TestServer.withPool(size: size, { $0.applicationName = name }) { pool in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for caller in 0..<24 {
                        group.addTask { try await work(pool, caller) }
                    }
                    group.addTask {
                        for _ in 0..<8 {
                            try await Task.sleep(for: .milliseconds(150))
                            try await connection.query(
                                """
                                select pg_terminate_backend(pid) from pg_stat_activity
                                    where application_name = \(name)
                                    order by random() limit 2
                                """)
                        }
                    }
                    try await group.waitForAll()
                }
                let rows = try await pool.read("select 1")
                #expect(rows.count == 1)
                while pool.status.leased > 0 || pool.status.inFlight > 0 {
                    try await Task.sleep(for: .milliseconds(5))
                }
                #expect(pool.status.waiting == 0)
            }
        }
    }

    private func work(_ pool: Pool, _ caller: Int) async throws {
        var random = SplitMix(seed: UInt64(caller))
        let end = ContinuousClock.now.advanced(by: .milliseconds(1_500))
        while .now < end {
            let number = Int.random(in: 0..<1_000_000, using: &random)
            let kind = Int.random(in: 0..<4, using: &random)
            let task = Task { try await answer(pool, number, kind) }
            if Int.random(in: 0..<5, using: &random) == 0 {
                try await Task.sleep(for: .microseconds(Int.random(in: 0..<3_000, using: &random)))
                task.cancel()
            }
            do {
                let answer = try await task.value
                #expect(answer == number)
            } catch is CancellationError {
                // as asked for
            } catch let error as PostgresError {
                // Killed sessions show; nothing else may.
                #expect([.connectionLost, .commitUnknown].contains(error.kind), "\(error)")
            }
        }
    }

    private func answer(_ pool: Pool, _ number: Int, _ kind: Int) async throws -> Int {
        let sql: SQL = "select \(number) as n, pg_sleep(0.0005)"
        let settings = [LocalSetting(name: "app.x", value: "\(number % 3)")]
        let rows: Rows =
            switch kind {
            case 0: try await pool.read(sql)
            case 1: try await pool.read(sql, settings: settings)
            case 2: try await pool.write([sql], settings: settings)[0]
            default:
                try await pool.transaction(settings: settings) { transaction in
                    try await transaction.query("select 1")
                    return try await transaction.query(sql)
                }
            }
        return try rows.first?.decode("n") ?? -1
    }
}
