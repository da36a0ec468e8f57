import Postgres
import Testing

/// Reads that wait together travel together.
@Suite struct BurstTests {
    /// What each of the reads answers, all of which wait for the pool's only connection at first.
    private func answers(
        _ reads: [(SQL, [LocalSetting])], on pool: Pool
    ) async throws -> [String] {
        try await withThrowingTaskGroup(of: (Int, String).self) { tasks in
            try await pool.transaction { transaction in
                try await transaction.query("select 1")
                for (index, read) in reads.enumerated() {
                    tasks.addTask {
                        let rows = try await pool.read(read.0, settings: read.1)
                        return (index, try rows.first?.decode("answer") ?? "")
                    }
                }
                while pool.status.waiting < reads.count { await Task.yield() }
            }
            let found = try await tasks.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
            return reads.indices.map { found[$0] ?? "" }
        }
    }

    private func random(_ value: Int) -> SQL {
        "select random()::text || \(value)::text as answer"
    }

    @Test func `equal reads that wait together are asked once`() async throws {
        try await TestServer.withPool(size: 1) { pool in
            let answers = try await answers(Array(repeating: (random(1), []), count: 20), on: pool)
            #expect(Set(answers).count == 1)
        }
    }

    @Test func `reads of other values, texts or settings are not mixed up`() async throws {
        try await TestServer.withPool(size: 1) { pool in
            let other: SQL = "select random()::text || (\(1)::text) as answer"
            let settings = [LocalSetting(name: "app.x", value: "1")]
            let answers = try await answers(
                [
                    (random(1), []), (random(2), []), (random(1), settings), (other, []),
                    (random(1), []),
                ], on: pool)
            #expect(answers[0] == answers[4])
            #expect(Set(answers).count == 4)
            #expect(answers[1].hasSuffix("2"))
        }
    }

    @Test func `a read that fails fails alone`() async throws {
        try await TestServer.withPool(size: 1) { pool in
            let outcomes = await withTaskGroup(of: Bool.self) { tasks in
                for number in 0..<10 {
                    tasks.addTask {
                        let rows = try? await pool.read("select 10 / \(number % 5) as answer")
                        return rows != nil
                    }
                }
                return await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 } == 8)
        }
    }

    @Test func `a read sees what was committed before it began`() async throws {
        let table = TestServer.uniqueName("t")
        try await TestServer.withPool { pool in
            _ = try await pool.write([
                "create table \(unescaped: table) (n int)",
                "insert into \(unescaped: table) values (0)",
            ])
            let read: SQL = "select n from \(unescaped: table)"
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<4 {
                    tasks.addTask { for _ in 0..<100 { _ = try await pool.read(read) } }
                }
                for number in 1...50 {
                    _ = try await pool.write(["update \(unescaped: table) set n = \(number)"])
                    let seen = try await pool.read(read).first?.decode("n", as: Int.self)
                    #expect(seen == number)
                }
                try await tasks.waitForAll()
            }
        }
    }
}
