import Foundation
import Postgres
import Testing

/// Writing transactions that follow each other on one connection.
@Suite(.timeLimit(.minutes(2))) struct LaneTests {
    private let lanes = WriteLanes()
    private let key = UUID()

    /// Runs the statements in the lane, and gives the first one's `pid`.
    private func write(
        _ pool: Pool, _ statements: [SQL], key: UUID? = nil
    ) async throws -> Int {
        let rows = try await pool.write(statements, lane: lanes[key ?? self.key])
        return try rows.first?.first?.decode("pid") ?? 0
    }

    private func failure(
        of work: @Sendable () async throws -> Int
    ) async -> PostgresError? {
        do {
            _ = try await work()
            return nil
        } catch {
            return error as? PostgresError
        }
    }

    private func withTable(_ body: (String) async throws -> Void) async throws {
        let name = TestServer.uniqueName("t")
        try await TestServer.withConnection { connection in
            try await connection.execute(script: "create table \(name) (id integer)")
        }
        try await body(name)
        try await TestServer.withConnection { connection in
            try await connection.execute(script: "drop table \(name)")
        }
    }

    private func count(_ table: String, _ pool: Pool) async throws -> Int {
        let rows = try await pool.read([SQL(unescaped: "select count(*) as n from \(table)")])
        return try rows.first?.first?.decode("n") ?? -1
    }

    @Test func `transactions of a lane share a connection as long as one is under way`()
        async throws
    {
        try await TestServer.withPool(size: 3) { pool in
            while pool.status.open < 3 { try await Task.sleep(for: .milliseconds(2)) }
            async let first = write(pool, ["select pg_backend_pid() as pid, pg_sleep(0.5)"])
            while pool.status.leased == 0 { try await Task.sleep(for: .milliseconds(2)) }
            async let second = write(pool, ["select pg_backend_pid() as pid, pg_sleep(0.2)"])
            try await Task.sleep(for: .milliseconds(100))
            let other = try await write(pool, ["select pg_backend_pid() as pid"], key: UUID())
            #expect(pool.status.leased == 1)
            let pids = try await [first, second]
            #expect(pids[0] == pids[1])
            #expect(pids[0] != other)
            while pool.status.leased > 0 { try await Task.sleep(for: .milliseconds(2)) }
            #expect(try await write(pool, ["select pg_backend_pid() as pid"]) > 0)
            #expect(pool.status.leased == 0)
        }
    }

    @Test func `whoever waits for a connection comes before those of a lane`() async throws {
        try await TestServer.withPool(size: 1) { pool in
            let order = Journal<String>()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { _ = try await write(pool, ["select 1 as pid, pg_sleep(0.3)"]) }
                while pool.status.leased == 0 { try await Task.sleep(for: .milliseconds(2)) }
                tasks.addTask {
                    _ = try await pool.read("select 1")
                    order.append("read")
                }
                while pool.status.waiting == 0 { try await Task.sleep(for: .milliseconds(2)) }
                tasks.addTask {
                    _ = try await write(pool, ["select 1 as pid, pg_sleep(0.1)"])
                    order.append("write")
                }
                try await tasks.waitForAll()
            }
            #expect(order.values == ["read", "write"])
        }
    }

    @Test func `one that fails leaves the next one alone`() async throws {
        try await withTable { table in
            try await TestServer.withPool(size: 3) { pool in
                let insert = SQL(unescaped: "insert into \(table) values (1)")
                async let failing = failure {
                    try await write(pool, [insert, "select pg_sleep(0.3)", "select 1 / 0"])
                }
                while pool.status.leased == 0 { try await Task.sleep(for: .milliseconds(2)) }
                _ = try await write(pool, [insert])
                #expect(await failing?.sqlState == "22012")
                #expect(try await count(table, pool) == 1)
                _ = try await write(pool, [insert])
                #expect(try await count(table, pool) == 2)
            }
        }
    }

    @Test func `nobody knows of those whose connection was lost, and the next one has another`()
        async throws
    {
        try await withTable { table in
            try await TestServer.withPool(size: 2) { pool in
                let insert = SQL(unescaped: "insert into \(table) values (1)")
                async let first = failure {
                    try await write(
                        pool, [insert, "select pg_sleep(60) /* the lane to end */"])
                }
                while pool.status.leased == 0 { try await Task.sleep(for: .milliseconds(2)) }
                async let second = failure { try await write(pool, [insert]) }
                try await Task.sleep(for: .milliseconds(100))
                try await TestServer.withConnection { connection in
                    _ = try await connection.query(
                        """
                        select pg_terminate_backend(pid) from pg_stat_activity
                        where query like '%the lane to end%' and pid <> pg_backend_pid()
                        """)
                }
                #expect(await first?.kind == .connectionLost)
                #expect(await second?.kind == .commitUnknown)
                #expect(try await count(table, pool) == 0)
                _ = try await write(pool, [insert])
                #expect(try await count(table, pool) == 1)
            }
        }
    }
}
