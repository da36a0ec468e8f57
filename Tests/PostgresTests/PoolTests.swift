import Foundation
import Postgres
import Testing

@Suite struct PoolTests {
    @Test func `a read binds values and decodes rows`() async throws {
        try await TestServer.withPool { pool in
            let id = UUID()
            let rows = try await pool.read(
                "select \(7) as n, \(id) as id, \(nil as String?) as missing, \("a") || 'b' as t")
            let row = try #require(rows.first)
            #expect(try row.decode("n", as: Int.self) == 7)
            #expect(try row.decode("id", as: UUID.self) == id)
            #expect(try row.decode("missing", as: String?.self) == nil)
            #expect(try row.decode("t", as: String.self) == "ab")
        }
    }

    @Test func `settings hold inside their own unit only`() async throws {
        try await TestServer.withPool(size: 1) { pool in
            let setting = LocalSetting(name: "app.x", value: "one")
            let inside = try await pool.read(
                "select current_setting('app.x', true) as x", settings: [setting])
            #expect(try inside.first?.decode("x", as: String?.self) == "one")
            let outside = try await pool.read("select current_setting('app.x', true) as x")
            #expect(try outside.first?.decode("x", as: String?.self) ?? "" == "")
        }
    }

    @Test func `a read with settings cannot write`() async throws {
        try await TestServer.withPool { pool in
            let error = await #expect(throws: PostgresError.self) {
                try await pool.read(
                    "create table never (id int)",
                    settings: [LocalSetting(name: "app.x", value: "1")])
            }
            #expect(error?.sqlState == "25006")
        }
    }

    @Test func `a write commits all of its statements or none`() async throws {
        let table = TestServer.uniqueName("t")
        try await TestServer.withPool { pool in
            _ = try await pool.write(["create table \(unescaped: table) (id int primary key)"])
            let rows = try await pool.write([
                "insert into \(unescaped: table) values (1), (2)",
                "update \(unescaped: table) set id = id + 10",
            ])
            #expect(rows.map(\.affectedRows) == [2, 2])
            let error = await #expect(throws: PostgresError.self) {
                try await pool.write([
                    "insert into \(unescaped: table) values (3)",
                    """
                    -- things.insert
                    insert into \(unescaped: table) values (11)
                    """,
                ])
            }
            #expect(error?.sqlState == "23505")
            #expect(error?.statement == "things.insert")
            #expect(error?.constraint == "\(table)_pkey")
            let count = try await pool.read("select count(*) as n from \(unescaped: table)")
            #expect(try count.first?.decode("n", as: Int.self) == 2)
            _ = try await pool.write(["drop table \(unescaped: table)"])
        }
    }

    @Test func `a transaction commits at its end and rolls back on a throw`() async throws {
        struct Stop: Error {}
        let table = TestServer.uniqueName("t")
        try await TestServer.withPool(size: 1) { pool in
            _ = try await pool.write(["create table \(unescaped: table) (id int primary key)"])
            let count = try await pool.transaction { transaction in
                try await transaction.execute("insert into \(unescaped: table) values (1)")
                return try await transaction.query("select * from \(unescaped: table)").count
            }
            #expect(count == 1)
            await #expect(throws: Stop.self) {
                try await pool.transaction { transaction in
                    try await transaction.execute("insert into \(unescaped: table) values (2)")
                    throw Stop()
                }
            }
            let rows = try await pool.read("select id from \(unescaped: table)")
            #expect(rows.count == 1)
            _ = try await pool.write(["drop table \(unescaped: table)"])
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a pool of one answers a thousand parallel reads and leases`() async throws {
        try await TestServer.withPool(size: 1) { pool in
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<1_000 {
                    group.addTask {
                        if index % 10 == 0 {
                            return try await pool.transaction { transaction in
                                let rows = try await transaction.query("select \(index) as n")
                                return try rows.first?.decode("n") ?? -1
                            }
                        }
                        let rows = try await pool.read("select \(index) as n")
                        return try rows.first?.decode("n") ?? -1
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(sum == 499_500)
            #expect(pool.status.waiting == 0)
        }
    }
}
