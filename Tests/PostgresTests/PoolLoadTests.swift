import Foundation
import Postgres
import Testing

/// Many callers at once.
@Suite(.timeLimit(.minutes(2))) struct PoolLoadTests {
    @Test(arguments: [1, 2, 4])
    func `settings never leak between interleaved units`(size: Int) async throws {
        try await TestServer.withPool(size: size) { pool in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<40 {
                    group.addTask {
                        for round in 0..<100 {
                            // A fifth of the callers have no settings; the others are of 7 tenants.
                            let tenant = caller % 5 == 0 ? nil : "tenant-\((caller + round) % 7)"
                            let settings = tenant.map { [LocalSetting(name: "app.x", value: $0)] }
                            let statement: SQL = """
                                select nullif(current_setting('app.x', true), '') as x, \(caller) as c
                                """
                            let rows =
                                try await caller % 3 == 0
                                ? pool.write([statement], settings: settings ?? []).first
                                : pool.read(statement, settings: settings ?? [])
                            let row = try #require(rows?.first)
                            #expect(try row.decode("x", as: String?.self) == tenant)
                            #expect(try row.decode("c", as: Int.self) == caller)
                            if round % 10 == 0 {
                                _ = try? await pool.read("select 1 / 0", settings: settings ?? [])
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(pool.status.waiting == 0)
            #expect(pool.status.leased == 0)
            #expect(pool.status.inFlight == 0)
        }
    }

    @Test func `a failing member does not fail its group`() async throws {
        try await TestServer.withPool(size: 1) { pool in
            await withTaskGroup(of: Bool.self) { group in
                for index in 0..<300 {
                    group.addTask {
                        do {
                            let rows = try await pool.read("select 10 / \(index % 3) as n")
                            return index % 3 != 0 && rows.count == 1
                        } catch let error as PostgresError {
                            return index % 3 == 0 && error.sqlState == "22012"
                        } catch {
                            return false
                        }
                    }
                }
                for await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test func `several statements of a unit answer in order`() async throws {
        try await TestServer.withPool(size: 2) { pool in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<200 {
                    group.addTask {
                        let answers = try await pool.read(
                            [
                                "select \(index) as n",
                                "select generate_series(1, \(index % 5)) as n",
                            ],
                            settings: [LocalSetting(name: "app.x", value: "\(index % 2)")])
                        #expect(answers.count == 2)
                        #expect(try answers[0].first?.decode("n", as: Int.self) == index)
                        #expect(answers[1].count == index % 5)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `the connection of a pool of one is never replaced by ordinary use`() async throws {
        try await TestServer.withPool(size: 1) { pool in
            var seen: Set<Int> = []
            for index in 0..<20 {
                seen.insert(try await pid(pool))
                _ = try? await pool.write(["select 1 / \(index % 2)"])
                _ = try? await pool.transaction { try await $0.query("select 1 / \(index % 2)") }
            }
            #expect(seen.count == 1)
        }
    }

    @Test func `more statements than the cache holds run all the same`() async throws {
        let change = { (configuration: inout PoolConfiguration) in
            configuration.preparedStatementLimit = 8
        }
        try await TestServer.withPool(size: 1, change) { pool in
            for round in 0..<3 {
                for number in 0..<30 {
                    let rows = try await pool.read("select \(unescaped: "\(number)") as n")
                    #expect(try rows.first?.decode("n", as: Int.self) == number, "round \(round)")
                }
            }
            let kept = try await pool.read("select count(*) as n from pg_prepared_statements")
            let count: Int = try #require(kept.first).decode("n")
            #expect(count <= 10)
        }
    }

    @Test func `nothing is prepared when that is turned off`() async throws {
        try await TestServer.withPool(size: 1, { $0.preparedStatements = false }) { pool in
            for _ in 0..<5 { _ = try await pool.read("select \(1) as n") }
            let kept = try await pool.read("select count(*) as n from pg_prepared_statements")
            #expect(try kept.first?.decode("n", as: Int.self) == 0)
        }
    }

    @Test func `a statement whose plan went stale is prepared again`() async throws {
        let table = TestServer.uniqueName("t")
        try await TestServer.withPool(size: 1) { pool in
            _ = try await pool.write(["create table \(unescaped: table) (id int)"])
            let all: SQL = "select * from \(unescaped: table)"
            for type in ["bigint", "text", "varchar"] {
                let read = try await pool.read(all)
                let written = try await pool.write([all])
                #expect(read.isEmpty && written[0].isEmpty)
                try await TestServer.withConnection { connection in
                    try await connection.execute(
                        script: "alter table \(table) alter column id type \(type)")
                }
                let rows = try await pool.transaction { try await $0.query(all) }
                #expect(rows.isEmpty)
            }
            _ = try await pool.write(["drop table \(unescaped: table)"])
        }
    }

    @Test func `big results and big values fill the sockets without a jam`() async throws {
        try await TestServer.withPool(size: 2) { pool in
            let megabyte = String(repeating: "0123456789abcdef", count: 65_536)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<24 {
                    group.addTask {
                        let text = megabyte + "\(index)"
                        let rows =
                            index % 4 == 0
                            ? try await pool.write(["select \(text) as t"])[0]
                            : try await pool.read("select \(text) as t, repeat('x', 3000000) as u")
                        #expect(try rows.first?.decode("t", as: String.self) == text)
                    }
                }
                try await group.waitForAll()
            }
            let many = try await pool.read(
                "select n, repeat('y', 100) as y from generate_series(1, 200000) n")
            #expect(many.count == 200_000)
            #expect(try many.last?.decode("n", as: Int.self) == 200_000)
        }
    }

    private func pid(_ pool: Pool) async throws -> Int {
        try #require(try await pool.read("select pg_backend_pid() as p").first).decode("p")
    }
}
