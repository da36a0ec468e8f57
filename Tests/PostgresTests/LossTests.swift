import Foundation
import Postgres
import Testing

/// Connections and databases that go away.
@Suite(.serialized, .timeLimit(.minutes(2))) struct LossTests {
    /// A pool on a database of its own, and a connection that can harm it.
    private func withDatabase(
        size: Int, _ change: (inout PoolConfiguration) -> Void = { _ in },
        _ body: (Pool, DirectConnection, String) async throws -> Void
    ) async throws {
        let name = TestServer.uniqueName("d")
        try await TestServer.withConnection { connection in
            try await connection.execute(script: "create database \(name)")
            do {
                let url = try TestServer.url(database: name)
                try await TestServer.withPool(
                    size: size,
                    {
                        $0.url = url
                        change(&$0)
                    }
                ) { pool in
                    while pool.status.open < size { try await Task.sleep(for: .milliseconds(5)) }
                    try await body(pool, connection, name)
                }
            } catch {
                try? await drop(name, connection)
                throw error
            }
            try await drop(name, connection)
        }
    }

    private func drop(_ name: String, _ connection: DirectConnection) async throws {
        try await connection.execute(script: "drop database \(name) with (force)")
    }

    /// Ends the sessions of a database.
    private func terminate(_ name: String, _ connection: DirectConnection) async throws {
        try await connection.query(
            """
            select pg_terminate_backend(pid) from pg_stat_activity where datname = \(name)
                and backend_type = 'client backend'
            """)
    }

    @Test func `reads survive the loss of their connection`() async throws {
        try await withDatabase(size: 3) { pool, connection, name in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<30 {
                    group.addTask {
                        for round in 0..<40 {
                            let rows = try await pool.read(
                                "select \(caller * 100 + round) as n, pg_sleep(0.001)")
                            #expect(
                                try rows.first?.decode("n", as: Int.self) == caller * 100 + round)
                        }
                    }
                }
                group.addTask {
                    try await Task.sleep(for: .milliseconds(60))
                    try await terminate(name, connection)
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `idle connections that were ended are replaced at once`() async throws {
        try await withDatabase(size: 3) { pool, connection, name in
            for _ in 0..<20 {
                try await terminate(name, connection)
                let start = ContinuousClock.now
                let rows = try await pool.read("select 1")
                #expect(rows.count == 1)
                let written = try await writeAgain(pool)
                #expect(written.count == 1)
                #expect(start.duration(to: .now) < .seconds(2))
            }
        }
    }

    /// A write may meet a connection whose end has not been noticed: then it says so.
    private func writeAgain(_ pool: Pool) async throws -> [Rows] {
        do {
            return try await pool.write(["select 1"])
        } catch let error as PostgresError where error.kind == .connectionLost {
            return try await pool.write(["select 1"])
        }
    }

    @Test func `a write whose connection is ended in the middle did not commit`() async throws {
        try await withDatabase(size: 2) { pool, connection, name in
            _ = try await pool.write(["create table t (id int)"])
            for inTransaction in [true, false] {
                let task = Task {
                    if inTransaction {
                        try await pool.transaction { transaction in
                            try await transaction.execute("insert into t values (1)")
                            try await transaction.execute("select pg_sleep(20)")
                        }
                    } else {
                        _ = try await pool.write(
                            ["insert into t values (1)", "select pg_sleep(20)"])
                    }
                }
                try await Task.sleep(for: .milliseconds(150))
                try await terminate(name, connection)
                let error = await #expect(throws: PostgresError.self) { try await task.value }
                #expect(error?.kind == .connectionLost)
                #expect(error?.sqlState == "57P01")
                #expect(error?.isUnavailable == true)
                let rows = try await pool.read("select * from t")
                #expect(rows.isEmpty)
            }
        }
    }

    /// A pool on a relay to a database of its own.
    private func withProxy(
        size: Int, _ change: (inout PoolConfiguration) -> Void = { _ in },
        _ body: (Pool, TestProxy, DirectConnection) async throws -> Void
    ) async throws {
        let proxy = try TestProxy(to: try TestServer.url())
        defer { proxy.close() }
        try await TestServer.withConnection { connection in
            let url = proxy.url
            try await TestServer.withPool(
                size: size,
                {
                    $0.url = url
                    change(&$0)
                }
            ) { pool in
                while pool.status.open < size { try await Task.sleep(for: .milliseconds(5)) }
                try await body(pool, proxy, connection)
            }
        }
    }

    @Test(arguments: [true, false])
    func `a connection lost inside the commit leaves the outcome unknown`(
        inTransaction: Bool
    ) async throws {
        let table = TestServer.uniqueName("t")
        try await withProxy(size: 2) { pool, proxy, connection in
            try await connection.execute(
                script: """
                    create table \(table) (id int);
                    create function \(table)() returns trigger language plpgsql as
                        $$ begin perform pg_sleep(0.5); return null; end $$;
                    create constraint trigger slow after insert on \(table)
                        deferrable initially deferred for each row execute function \(table)();
                    """)
            let task = Task {
                if inTransaction {
                    try await pool.transaction { transaction in
                        try await transaction.execute("insert into \(unescaped: table) values (1)")
                    }
                } else {
                    _ = try await pool.write(["insert into \(unescaped: table) values (1)"])
                }
            }
            try await Task.sleep(for: .milliseconds(200))
            proxy.set(.cut)
            let error = await #expect(throws: PostgresError.self) { try await task.value }
            #expect(error?.kind == .commitUnknown)
            #expect(error?.isUnavailable == false)
            // It did commit, as it happens.
            try await Task.sleep(for: .milliseconds(700))
            let rows = try await connection.query("select * from \(unescaped: table)")
            #expect(rows.count == 1)
            try await connection.execute(
                script: "drop table \(table); drop function \(table)")
        }
    }

    @Test func `a read whose connection is cut is run on another one`() async throws {
        try await withProxy(size: 1) { pool, proxy, _ in
            let task = Task { try await pool.read("select 5 as n, pg_sleep(0.2)") }
            try await Task.sleep(for: .milliseconds(80))
            proxy.set(.cut)
            try await Task.sleep(for: .milliseconds(80))
            proxy.set(.relaying)
            let rows = try await task.value
            #expect(try rows.first?.decode("n", as: Int.self) == 5)
        }
    }

    @Test func `a server gone silent is noticed, and callers fail at their deadline`() async throws
    {
        try await withProxy(
            size: 1,
            {
                $0.idleCheckInterval = .milliseconds(50)
                $0.acquireTimeout = .milliseconds(300)
                $0.answerTimeout = .milliseconds(200)
            }
        ) { pool, proxy, _ in
            proxy.set(.silent)
            try await Task.sleep(for: .milliseconds(200))
            let start = ContinuousClock.now
            let error = await #expect(throws: PostgresError.self) {
                try await pool.read("select 1")
            }
            #expect(error?.isUnavailable == true)
            #expect(start.duration(to: .now) < .seconds(2))
            proxy.set(.relaying)
            let back = ContinuousClock.now
            while pool.status.open == 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(back.duration(to: .now) < .seconds(2))
            let rows = try await pool.read("select 1")
            #expect(rows.count == 1)
        }
    }

    @Test func `a cancelled task does not wait for a silent server for ever`() async throws {
        try await withProxy(size: 2, { $0.answerTimeout = .milliseconds(300) }) { pool, proxy, _ in
            let task = Task { try await pool.write(["select pg_sleep(20)"]) }
            try await Task.sleep(for: .milliseconds(100))
            proxy.set(.silent)
            let start = ContinuousClock.now
            task.cancel()
            await #expect(throws: (any Error).self) { try await task.value }
            #expect(start.duration(to: .now) < .seconds(5))
            proxy.set(.relaying)
        }
    }

    @Test
    func
        `callers fail at their deadline while the database is away, and it is back within a second`()
        async throws
    {
        try await withDatabase(size: 2, { $0.acquireTimeout = .milliseconds(400) }) {
            pool, connection, name in
            try await connection.execute(script: "alter database \(name) allow_connections false")
            try await terminate(name, connection)
            while pool.status.open > 0 { try await Task.sleep(for: .milliseconds(5)) }
            for _ in 0..<2 {
                let start = ContinuousClock.now
                let error = await #expect(throws: PostgresError.self) {
                    try await pool.read("select 1")
                }
                #expect(error?.kind == .poolTimeout)
                #expect(error?.message.contains("not currently accepting connections") == true)
                #expect(start.duration(to: .now) < .seconds(2))
            }
            try await Task.sleep(for: .seconds(1))
            try await connection.execute(script: "alter database \(name) allow_connections true")
            let back = ContinuousClock.now
            while pool.status.open == 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(back.duration(to: .now) < .seconds(2))
            let rows = try await pool.read("select 1")
            #expect(rows.count == 1)
        }
    }

    @Test func `connections are replaced at the end of their lifetime`() async throws {
        try await withDatabase(
            size: 2,
            {
                $0.maxLifetime = .milliseconds(200)
                $0.lifetimeJitter = 0
            }
        ) { pool, _, _ in
            var seen: Set<Int> = []
            for _ in 0..<12 {
                let rows = try await pool.read("select pg_backend_pid() as p")
                seen.insert(try #require(rows.first).decode("p"))
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(seen.count >= 3)
        }
    }

    @Test func `idle connections are checked without harm`() async throws {
        try await withDatabase(
            size: 2,
            {
                $0.idleCheckInterval = .milliseconds(1)
                $0.acquireTimeout = .milliseconds(40)
            }
        ) { pool, _, _ in
            for _ in 0..<40 {
                let rows = try await pool.read("select 1")
                #expect(rows.count == 1)
                try await Task.sleep(for: .milliseconds(15))
            }
            #expect(pool.status.open == 2)
        }
    }
}
