import Foundation
import Postgres
import Testing

/// Serialisation failures and dead-locks made on purpose.
@Suite(.timeLimit(.minutes(2))) struct RetryTests {
    private func withTable(
        size: Int, _ body: (Pool, String) async throws -> Void
    ) async throws {
        let table = TestServer.uniqueName("t")
        try await TestServer.withPool(size: size) { pool in
            _ = try await pool.write([
                "create table \(unescaped: table) (id int primary key, n int not null)",
                "insert into \(unescaped: table) select i, 0 from generate_series(1, 2) i",
            ])
            try await body(pool, table)
            _ = try await pool.write(["drop table \(unescaped: table)"])
        }
    }

    @Test func `a serialisation failure runs the body again`() async throws {
        try await withTable(size: 8) { pool, table in
            let attempts = Counter()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        try await pool.transaction(isolation: .serializable, attempts: 50) {
                            transaction in
                            attempts.increment()
                            let rows = try await transaction.query(
                                "select n from \(unescaped: table) where id = 1")
                            let n: Int = try #require(rows.first).decode("n")
                            try await Task.sleep(for: .milliseconds(5))
                            try await transaction.execute(
                                "update \(unescaped: table) set n = \(n + 1) where id = 1")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let rows = try await pool.read("select n from \(unescaped: table) where id = 1")
            #expect(try rows.first?.decode("n", as: Int.self) == 6)
            #expect(attempts.value > 6)
        }
    }

    @Test func `a dead-lock runs the victim again`() async throws {
        try await withTable(size: 4) { pool, table in
            let attempts = Counter()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for order in [[1, 2], [2, 1]] {
                    group.addTask {
                        try await pool.transaction { transaction in
                            attempts.increment()
                            for id in order {
                                try await transaction.execute(
                                    "update \(unescaped: table) set n = n + 1 where id = \(id)")
                                try await Task.sleep(for: .milliseconds(200))
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let rows = try await pool.read("select sum(n) as n from \(unescaped: table)")
            #expect(try rows.first?.decode("n", as: Int.self) == 4)
            #expect(attempts.value > 2)
        }
    }

    @Test func `a dead-lock between two writes is run again`() async throws {
        try await withTable(size: 4) { pool, table in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for order in [[1, 2], [2, 1]] {
                    group.addTask {
                        _ = try await pool.write([
                            "update \(unescaped: table) set n = n + 1 where id = \(order[0])",
                            "select pg_sleep(0.3)",
                            "update \(unescaped: table) set n = n + 1 where id = \(order[1])",
                        ])
                    }
                }
                try await group.waitForAll()
            }
            let rows = try await pool.read("select sum(n) as n from \(unescaped: table)")
            #expect(try rows.first?.decode("n", as: Int.self) == 4)
        }
    }

    @Test func `attempts are limited, and the last failure is thrown`() async throws {
        try await withTable(size: 2) { pool, table in
            let attempts = Counter()
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction(attempts: 3) { transaction in
                    attempts.increment()
                    try await transaction.execute(
                        """
                        do $$ begin raise exception 'again' using errcode = '40001'; end $$
                        """)
                }
            }
            #expect(error?.isRetryable == true)
            #expect(attempts.value == 3)
            #expect(pool.status.leased == 0)
            _ = table
        }
    }

    @Test func `other failures are not run again`() async throws {
        try await withTable(size: 2) { pool, table in
            let attempts = Counter()
            _ = await #expect(throws: PostgresError.self) {
                try await pool.transaction { transaction in
                    attempts.increment()
                    try await transaction.execute("insert into \(unescaped: table) values (1, 1)")
                }
            }
            #expect(attempts.value == 1)
        }
    }
}
