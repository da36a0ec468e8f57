import Postgres
import Testing

@Suite struct ErrorTests {
    @Test func `the server's errors carry code, constraint and names, and hide values`()
        async throws
    {
        let table = TestServer.uniqueName("t")
        try await TestServer.withPool { pool in
            _ = try await pool.write([
                """
                create table \(unescaped: table)
                    (id int primary key, word text not null, n int check (n > 0))
                """,
                "insert into \(unescaped: table) values (1, 'a', 1)",
            ])
            let duplicate = await #expect(throws: PostgresError.self) {
                try await pool.write([
                    """
                    -- words.insert
                    insert into \(unescaped: table) values (\(1), \("hush"), 1)
                    """
                ])
            }
            #expect(duplicate?.kind == .server)
            #expect(duplicate?.sqlState == "23505")
            #expect(duplicate?.constraint == "\(table)_pkey")
            #expect(duplicate?.table == table)
            #expect(duplicate?.statement == "words.insert")
            #expect(duplicate?.detail?.contains("(id)=(1)") == true)
            #expect(duplicate?.description.contains("(1)") == false)

            let missing = await #expect(throws: PostgresError.self) {
                try await pool.write(["insert into \(unescaped: table) values (2, null, 1)"])
            }
            #expect(missing?.sqlState == "23502")
            #expect(missing?.column == "word")
            let refused = await #expect(throws: PostgresError.self) {
                try await pool.write(["insert into \(unescaped: table) values (2, 'hush', -5)"])
            }
            #expect(refused?.constraint == "\(table)_n_check")
            #expect(refused?.description.contains("hush") == false)
            _ = try await pool.write(["drop table \(unescaped: table)"])
        }
    }

    @Test func `a value that the server quotes does not reach the description`() async throws {
        try await TestServer.withPool { pool in
            let error = await #expect(throws: PostgresError.self) {
                try await pool.read("select (\("s3cret")::text)::uuid")
            }
            #expect(error?.sqlState == "22P02")
            #expect(error?.description.contains("s3cret") == false)
        }
    }

    @Test func `an error at the commit itself is reported`() async throws {
        let table = TestServer.uniqueName("t")
        try await TestServer.withPool(size: 1) { pool in
            _ = try await pool.write([
                """
                create table \(unescaped: table)
                    (id int unique deferrable initially deferred)
                """,
                "insert into \(unescaped: table) values (1)",
            ])
            for _ in 0..<3 {
                let single = await #expect(throws: PostgresError.self) {
                    try await pool.write(["insert into \(unescaped: table) values (1)"])
                }
                #expect(single?.sqlState == "23505")
                let several = await #expect(throws: PostgresError.self) {
                    try await pool.transaction { transaction in
                        try await transaction.execute("insert into \(unescaped: table) values (1)")
                    }
                }
                #expect(several?.sqlState == "23505")
                let rows = try await pool.read("select count(*) as n from \(unescaped: table)")
                #expect(try rows.first?.decode("n", as: Int.self) == 1)
            }
            _ = try await pool.write(["drop table \(unescaped: table)"])
        }
    }

    @Test func `a transaction that swallowed an error does not pretend to commit`() async throws {
        try await TestServer.withPool { pool in
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { transaction in
                    _ = try? await transaction.query("select 1 / 0")
                }
            }
            #expect(error?.sqlState == "22012")
        }
    }

    @Test func `what passes by itself is told from a fault of ours`() async throws {
        try await TestServer.withPool { pool in
            let passing = [
                "25006", "53100", "53200", "53300", "53400", "55P03", "57014", "57P01", "57P03",
            ]
            for code in passing + ["22012", "23505", "40001", "42P01", "42501", "XX000"] {
                let error = await #expect(throws: PostgresError.self) {
                    try await pool.transaction(attempts: 1) { transaction in
                        try await transaction.query(
                            """
                            do $$ begin raise exception using errcode = '\(unescaped: code)'; end $$
                            """)
                    }
                }
                #expect(error?.sqlState == code)
                #expect(error?.isUnavailable == passing.contains(code), "\(code)")
            }
            let rows = try await pool.read("select 1")
            #expect(rows.count == 1)
        }
    }

    @Test func `the password stays out of a failed connection's error`() async throws {
        let urls = [
            "postgresql://somebody:hush%20hush@127.0.0.1:1/none",
            "host=127.0.0.1 port=1 user=somebody password='hush hush'",
            "postgresql://somebody:hush%zz@127.0.0.1:1/none",
            "host=127.0.0.1 hush password=hush",
        ]
        for url in urls {
            let pool = Pool(PoolConfiguration(url: url), logger: TestServer.logger)
            let error = await #expect(throws: PostgresError.self) { try await pool.start() }
            #expect(error?.kind == .connectFailed)
            #expect(error?.isUnavailable == true)
            #expect(error?.message.contains("hush%20hush") == false)
            #expect(error?.message.contains("hush%zz") == false)
            await pool.shutdown()
        }
    }

    @Test func `COPY is refused and the pool goes on`() async throws {
        try await TestServer.withPool(size: 1) { pool in
            for statement in ["copy (select 1) to stdout", "create temp table x (i int)"] {
                _ = try? await pool.read(SQL(unescaped: statement))
            }
            let error = await #expect(throws: PostgresError.self) {
                try await pool.write(["copy (select 1) to stdout"])
            }
            #expect(error?.kind == .invalidStatement)
            let rows = try await pool.read("select 1")
            #expect(rows.count == 1)
        }
    }

    @Test func `several statements in one text are refused`() async throws {
        try await TestServer.withPool { pool in
            let error = await #expect(throws: PostgresError.self) {
                try await pool.read("select 1; select 2")
            }
            #expect(error?.sqlState == "42601")
        }
    }

    @Test func `a pool that was not started or was shut down says so`() async throws {
        let pool = Pool(
            PoolConfiguration(url: try TestServer.url()), logger: TestServer.logger)
        let early = await #expect(throws: PostgresError.self) { try await pool.read("select 1") }
        #expect(early?.kind == .poolClosed)
        try await pool.start()
        let rows = try await pool.read("select 1")
        #expect(rows.count == 1)
        await pool.shutdown()
        let late = await #expect(throws: PostgresError.self) { try await pool.read("select 1") }
        #expect(late?.kind == .poolClosed)
        #expect(pool.status.open == 0)
    }
}
