import Foundation
import Postgres
import Testing

@testable import Server

/// Runs the server through a story with every kind of secret, and reads all that it wrote.
@Suite(
    .serialized, .enabled(if: clusterURL != nil, "needs HAZINA_TEST_DATABASE_URL"),
    .timeLimit(.minutes(3)))
struct LeakTests {
    /// What must not be seen, by what it is.
    private struct Secrets {
        var values: [String: String] = [:]

        /// Those of them that a text holds.
        func found(in text: String) -> [String] {
            values.filter { text.contains($0.value) }.map(\.key).sorted()
        }
    }

    private struct Client {
        let port: Int

        func send(
            _ query: String, _ headers: [String: String], path: String = "/graphql"
        ) async throws -> String {
            let body = try JSONSerialization.data(withJSONObject: ["query": query])
            let all = headers.merging(["Content-Type": "application/json"]) { first, _ in first }
            return try await OneRequest.send(
                "POST", path, port: port, headers: all, body: String(decoding: body, as: UTF8.self))
        }

        /// The text of a member of the answer.
        func send(
            _ query: String, _ headers: [String: String], reading name: String
        ) async throws -> String {
            let answer = try await send(query, headers)
            let pattern = try Regex("\"\(name)\":\"([^\"]+)\"", as: (Substring, Substring).self)
            return String(try #require(answer.firstMatch(of: pattern), "\(answer)").1)
        }
    }

    /// - Returns: every secret of the story.
    private func tell(_ client: Client, _ operatorKey: String) async throws -> Secrets {
        var secrets = Secrets(values: ["operator's key": operatorKey])
        let key = try await client.send(
            "mutation { createTenant(input: {name: \"A\"}) { code apiKey } }",
            ["x-api-key": operatorKey], reading: "apiKey")
        secrets.values["tenant's key"] = key
        let tenant = ["x-api-key": key]
        let pointer = try await client.send(
            """
            mutation { createPaymentPointer(input: {url: "https://wallet.example/a",
              asset: {code: "EUR", scale: 2}}) { paymentPointer { id } } }
            """, tenant, reading: "id")
        let apiKey = try await client.send(
            "mutation { createApiKey(input: {paymentPointerId: \"\(pointer)\"}) { apiKey { key } } }",
            tenant, reading: "key")
        secrets.values["API key"] = apiKey
        let session = try await client.send(
            """
            mutation { redeemApiKey(input: {key: "\(apiKey)", paymentPointerId: "\(pointer)"})
              { session { key } } }
            """, [:], reading: "key")
        secrets.values["session"] = session
        secrets.values["restricted key"] = try await client.send(
            "mutation { createTenantKey(input: {readOnly: true}) { apiKey } }", tenant,
            reading: "apiKey")
        secrets.values["webhook's secret"] = try await client.send(
            """
            mutation { setWebhook(input: {url: "http://127.0.0.1:9/hook-path-secret?token=url-secret"})
              { secret } }
            """, tenant, reading: "secret")
        secrets.values["webhook's path"] = "hook-path-secret"
        secrets.values["webhook's token"] = "url-secret"
        secrets.values["peer's incoming token"] = "incoming-token-of-the-peer"
        secrets.values["peer's outgoing token"] = "outgoing-token-to-the-peer"
        try await goWrong(client, pointer, tenant, session, &secrets)
        return secrets
    }

    private func goWrong(
        _ client: Client, _ pointer: String, _ tenant: [String: String], _ session: String,
        _ secrets: inout Secrets
    ) async throws {
        let peer = """
            mutation { createPeer(input: {staticIlpAddress: "test.a", asset: {code: "EUR", scale: 2},
              http: {incoming: {authTokens: ["incoming-token-of-the-peer"]},
              outgoing: {authToken: "outgoing-token-to-the-peer", endpoint: "https://p.example"}}})
              { code message } }
            """
        for _ in 0..<2 { _ = try await client.send(peer, tenant) }
        _ = try await client.send("mutation { sendTestWebhook { code } }", tenant)
        let wrong = String(session.dropLast()) + "x"
        secrets.values["mistyped session"] = wrong
        for headers in [
            ["Authorization": "Bearer \(session)"], ["Authorization": "Bearer \(wrong)"],
            ["x-api-key": session], ["x-api-key": wrong, "Authorization": session],
        ] {
            _ = try await client.send("{ whoami { role } assets { edges { cursor } } }", headers)
            _ = try await client.send("{ not a document \(session)", headers)
            _ = try await client.send("{ whoami(key: \"\(session)\") { role } }", headers)
        }
        _ = try await client.send(
            "mutation { refreshSession(input: {key: \"\(session)\"}) { code } }", [:])
        _ = try await client.send(
            "mutation { redeemApiKey(input: {key: \"\(wrong)\", paymentPointerId: \"\(pointer)\"})"
                + " { code message } }", [:])
        for path in ["/graphql?key=\(session)", "/nothing?key=\(session)"] {
            _ = try await OneRequest.send("GET", path, port: client.port)
            _ = try await client.send("{ whoami { role } }", tenant, path: path)
        }
        _ = try await client.send("{ whoami { role } }", ["Cookie": "session=\(session)"])
    }

    @Test func `no secret is in anything that a run writes, nor in the database`() async throws {
        try await CommandDatabase.with { database in
            var environment = database.environment
            environment["HAZINA_LOG_LEVEL"] = "trace"
            environment["HAZINA_WEBHOOK_ALLOW_PRIVATE"] = "true"
            environment["HAZINA_OPERATOR_KEY_PREVIOUS"] = "previous-operator-key-0123456789abcdef"
            environment["HAZINA_WEBHOOK_URL"] = "http://127.0.0.1:9/operators-path-secret"
            environment["HAZINA_WEBHOOK_SECRET"] = "operators-webhook-secret"
            let migrated = try await HazinaProcess.run("migrate", environment: environment)
            let server = try HazinaProcess(["serve"], environment)
            let client = Client(port: try #require(try await server.port()))
            var secrets = try await tell(client, CommandDatabase.key)
            let url = try #require(URLComponents(string: database.server))
            secrets.values["database's password"] = url.password
            secrets.values["previous operator's key"] = environment["HAZINA_OPERATOR_KEY_PREVIOUS"]
            secrets.values["operator's webhook secret"] = environment["HAZINA_WEBHOOK_SECRET"]
            // The delivery fails, and is told of.
            try await waitForDelivery(database)
            let metrics = try await OneRequest.send("GET", "/metrics", port: client.port)
            // With the tables gone everything fails.
            try await withConnection(database.admin) { connection in
                try await connection.execute(
                    script: "alter table hazina.assets rename to gone")
            }
            let failed = try await client.send(
                "{ assets { edges { cursor } } }",
                ["x-api-key": try #require(secrets.values["tenant's key"])])
            #expect(failed.contains("INTERNAL_SERVER_ERROR"))
            server.stop()
            let outcome = await server.end()
            #expect(outcome.status == 0)
            environment["DATABASE_URL"] = database.server.replacing(
                "/\(database.name)", with: "/no_such_database")
            let doctor = try await HazinaProcess.run("doctor", environment: environment)
            for text in [
                outcome.output, outcome.errors, migrated.output, migrated.errors, metrics, failed,
                doctor.output, doctor.errors,
            ] {
                #expect(secrets.found(in: text) == [])
            }
            #expect(
                outcome.errors.contains("sendTestWebhook") || outcome.errors.contains("request"))
            try await checkDatabase(database, secrets)
        }
    }

    private func waitForDelivery(_ database: CommandDatabase) async throws {
        try await withConnection(database.admin) { connection in
            for _ in 0..<200 {
                let tried = try await connection.query(
                    "select 1 from hazina.webhook_events where failure is not null")
                if !tried.isEmpty { return }
                try await Task.sleep(for: .milliseconds(50))
            }
            Issue.record("no delivery was tried")
        }
    }

    private func withConnection(
        _ url: String, _ body: (DirectConnection) async throws -> Void
    ) async throws {
        let connection = try await DirectConnection.open(url: url)
        defer { connection.close() }
        try await body(connection)
    }

    /// Only hashes are kept of keys; what is to be sent on stands where it belongs alone.
    private func checkDatabase(_ database: CommandDatabase, _ secrets: Secrets) async throws {
        let kept: [String: Set<String>] = [
            "webhooks": ["webhook's path", "webhook's secret", "webhook's token"],
            "peers": ["peer's outgoing token"],
        ]
        try await withConnection(database.admin) { connection in
            let tables = try await connection.query(
                """
                select c.relname::text as name from pg_class c
                where c.relnamespace = 'hazina'::regnamespace and c.relkind in ('r', 'p')
                """
            ).map { try $0.decode("name", as: String.self) }
            #expect(tables.count >= 30)
            for table in tables {
                let rows = try await connection.query(
                    "select t::text as line from hazina.\(unescaped: table) t")
                let text = try rows.map { try $0.decode("line", as: String.self) }
                    .joined(separator: "\n")
                let found = Set(secrets.found(in: text))
                #expect(found == kept[table] ?? [], "\(table)")
            }
        }
    }
}
