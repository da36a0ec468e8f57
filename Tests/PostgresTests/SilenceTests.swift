import Foundation
import Postgres
import Testing

/// Networks and hosts that say nothing.
@Suite(.serialized, .timeLimit(.minutes(2))) struct SilenceTests {
    private func withProxy(
        size: Int, _ change: (inout PoolConfiguration) -> Void = { _ in },
        _ body: (Pool, TestProxy) async throws -> Void
    ) async throws {
        let proxy = try TestProxy(to: try TestServer.url())
        defer { proxy.close() }
        try await TestServer.withPool(
            size: size,
            {
                $0.url = proxy.url
                $0.silenceBeforeInquiry = .milliseconds(200)
                change(&$0)
            }
        ) { pool in
            while pool.status.open < size { try await Task.sleep(for: .milliseconds(5)) }
            try await body(pool, proxy)
        }
    }

    /// A write without an answer.
    private func expectUnknown(_ pool: Pool) async throws {
        let error = await #expect(throws: PostgresError.self) {
            try await pool.write(["select 1"])
        }
        #expect(error?.kind == .commitUnknown)
    }

    @Test func `work that was lost on its way is given up once the server can be asked`()
        async throws
    {
        try await withProxy(size: 2) { pool, proxy in
            proxy.set(.deaf)
            let write = Task { try await pool.write(["select 1"]) }
            let read = Task { try await pool.read("select 2 as n") }
            let transaction = Task {
                try await pool.transaction { try await $0.query("select 3") }
            }
            try await Task.sleep(for: .milliseconds(300))
            proxy.set(.relaying)
            // Without being asked, the server would be waited for in vain.
            let error = await #expect(throws: PostgresError.self) { try await write.value }
            #expect(error?.kind == .commitUnknown)
            #expect(try await read.value.first?.decode("n", as: Int.self) == 2)
            _ = try? await transaction.value
            #expect(try await pool.write(["select 1"]).count == 1)
        }
    }

    @Test func `a transaction that waits for an answer that was lost leaves no lock behind`()
        async throws
    {
        let table = TestServer.uniqueName("t")
        try await TestServer.withConnection { connection in
            try await connection.execute(
                script: "create table \(table) (id int); insert into \(table) values (1)")
            try await withProxy(size: 2) { pool, proxy in
                let failed = Task {
                    try await pool.transaction(attempts: 1) { transaction in
                        try await transaction.execute("update \(unescaped: table) set id = 2")
                        proxy.set(.deaf)
                        try await transaction.query("select 1")
                    }
                }
                try await Task.sleep(for: .milliseconds(300))
                proxy.set(.relaying)
                await #expect(throws: PostgresError.self) { try await failed.value }
                try await connection.execute(script: "update \(table) set id = 3")
            }
            try await connection.execute(script: "drop table \(table)")
        }
    }

    @Test func `a statement that is slow is let be`() async throws {
        try await withProxy(size: 3) { pool, _ in
            async let read = pool.read("select pg_sleep(1.2)")
            async let write = pool.write(["select pg_sleep(1.2)"])
            let value = try await pool.transaction { transaction in
                try await transaction.query("select 1")
                // Between statements nobody waits for the server.
                try await Task.sleep(for: .milliseconds(600))
                return try await transaction.query("select pg_sleep(1.2), 7 as n")
            }
            #expect(try value.first?.decode("n", as: Int.self) == 7)
            #expect(try await read.count == 1)
            #expect(try await write.count == 1)
        }
    }

    @Test func `a connection is given up that is silent for longer than any statement may be`()
        async throws
    {
        try await withProxy(size: 1, { $0.silenceLimit = .milliseconds(400) }) { pool, proxy in
            proxy.set(.silent)
            try await expectUnknown(pool)
            proxy.set(.relaying)
            #expect(try await pool.write(["select 1"]).count == 1)
        }
    }

    /// The relay first, then the test server itself.
    private func hosts(_ proxy: TestProxy) throws -> String {
        let direct = try #require(URLComponents(string: try TestServer.url()))
        let relayed = try #require(URLComponents(string: proxy.url))
        let hosts = try [relayed, direct].map { url in
            "\(try #require(url.host)):\(try #require(url.port))"
        }
        return "postgres://\(direct.user ?? "postgres")@\(hosts.joined(separator: ","))"
            + "/postgres?target_session_attrs=read-write"
    }

    @Test func `a host that accepts connections and closes them does not hide the other`()
        async throws
    {
        let proxy = try TestProxy(to: try TestServer.url())
        defer { proxy.close() }
        proxy.set(.cut)
        let url = try hosts(proxy)
        let connection = try await DirectConnection.open(url: url)
        connection.close()
        try await TestServer.withPool(size: 2, { $0.url = url }) { pool in
            let rows = try await pool.write(["select 1"])
            #expect(rows.count == 1)
        }
    }

    @Test func `while one host is silent, connections are made to the other`() async throws {
        let proxy = try TestProxy(to: try TestServer.url())
        defer { proxy.close() }
        let url = try hosts(proxy) + "&connect_timeout=60"
        try await TestServer.withPool(
            size: 2,
            {
                $0.url = url
                // Long enough for a busy machine to open both to the first host.
                $0.openingPatience = .seconds(1)
                $0.silenceBeforeInquiry = .milliseconds(100)
            }
        ) { pool in
            while pool.status.open < 2 { try await Task.sleep(for: .milliseconds(5)) }
            proxy.set(.deaf)
            try await expectUnknown(pool)
            for _ in 0..<4 {
                #expect(try await pool.write(["select 1"]).count == 1)
            }
        }
    }

    @Test func `a session that takes no writes is exchanged for another`() async throws {
        try await TestServer.withPool(size: 1) { pool in
            try await pool.write([
                "set session characteristics as transaction read only"
            ])
            let error = await #expect(throws: PostgresError.self) {
                try await pool.write(["create temporary table t (id int)"])
            }
            #expect(error?.sqlState == "25006")
            #expect(error?.isUnavailable == true)
            #expect(try await pool.write(["create temporary table t (id int)"]).count == 1)
        }
    }
}
