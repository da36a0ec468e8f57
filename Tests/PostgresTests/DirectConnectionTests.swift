import Postgres
import Testing

@Suite struct DirectConnectionTests {
    @Test func `a script runs as one transaction up to its first failure`() async throws {
        let table = TestServer.uniqueName("t")
        try await TestServer.withConnection { connection in
            try await connection.execute(
                script: "create table \(table) (id int); insert into \(table) values (1);")
            let error = await #expect(throws: PostgresError.self) {
                try await connection.execute(
                    script: "insert into \(table) values (2); select 1 / 0; select 3")
            }
            #expect(error?.sqlState == "22012")
            let rows = try await connection.query("select id from \(unescaped: table)")
            #expect(rows.count == 1)
            try await connection.execute(script: "drop table \(table)")
        }
    }

    @Test func `it tells the server's version and refuses work once closed`() async throws {
        let connection = try await DirectConnection.open(url: try TestServer.url())
        #expect(connection.serverVersion >= 150_000)
        connection.close()
        connection.close()
        let error = await #expect(throws: PostgresError.self) {
            try await connection.query("select 1")
        }
        #expect(error?.kind == .connectionLost)
    }

    @Test func `a password is hashed before it travels`() async throws {
        try await TestServer.withConnection { connection in
            let hashed = try await connection.encrypted(password: "s3cret", ofRole: "somebody")
            #expect(hashed.hasPrefix("SCRAM-SHA-256$") || hashed.hasPrefix("md5"))
            #expect(!hashed.contains("s3cret"))
        }
    }

    @Test func `a server that does not answer is a clear error`() async throws {
        let error = await #expect(throws: PostgresError.self) {
            try await DirectConnection.open(url: "postgresql://127.0.0.1:1/none")
        }
        #expect(error?.kind == .connectFailed)
        #expect(error?.message.contains("Connection refused") == true)
        #expect(error?.isUnavailable == true)
    }
}
