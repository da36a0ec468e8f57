import Foundation
import Postgres
import Testing

@testable import Server

/// The commands on a database of their own, in the cluster that the tests run beside.
@Suite(
    .serialized, .enabled(if: clusterURL != nil, "needs HAZINA_TEST_DATABASE_URL"),
    .timeLimit(.minutes(2)))
struct ServeTests {
    private static let key = CommandDatabase.key

    /// Waits until a request waits for the lock that the connection holds.
    private func waitForBlockedRequest(_ blocker: DirectConnection) async throws {
        while try await blocker.query(
            "select 1 from pg_locks where not granted and relation = 'hazina.assets'::regclass"
        ).isEmpty {
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func whoami(_ port: Int) async throws -> String {
        try await OneRequest.send(
            "POST", "/graphql", port: port,
            headers: ["Content-Type": "application/json", "x-api-key": Self.key],
            body: #"{"query":"{ whoami { role } }"}"#)
    }

    @Test func `a database is migrated once, then serve and doctor find it well`() async throws {
        try await CommandDatabase.with { database in
            let environment = database.environment
            let first = try await HazinaProcess.run("migrate", environment: environment)
            #expect(first.status == 0)
            #expect(first.output.contains("Created role \(database.name)"))
            #expect(first.output.contains("Applied 0001 "))
            let second = try await HazinaProcess.run("migrate", environment: environment)
            #expect(second.status == 0)
            #expect(second.output == "The schema is up to date.")

            let doctor = try await HazinaProcess.run("doctor", environment: environment)
            #expect(doctor.status == 0)
            #expect(doctor.output.split(separator: "\n").count == 7)
            #expect(doctor.output.split(separator: "\n").allSatisfy { $0.hasPrefix("ok ") })

            let server = try HazinaProcess(["serve"], environment)
            let port = try #require(try await server.port())
            #expect(try await whoami(port).contains(#"{"data":{"whoami":{"role":"OPERATOR"}}}"#))
            let ready = try await OneRequest.send("GET", "/readyz", port: port)
            #expect(ready.contains(#"{"status":"ready"}"#))
            server.stop()
            let outcome = await server.end()
            #expect(outcome.status == 0)
            // JSON by default when nobody looks on.
            #expect(outcome.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("{\"ts\":") })
            #expect(!outcome.errors.contains(Self.key))
        }
    }

    @Test func `serve refuses a database that was not migrated, and migrates it when told`()
        async throws
    {
        try await CommandDatabase.with { database in
            var environment = database.environment
            environment["DATABASE_URL"] = database.admin
            let refused = try await HazinaProcess.run("serve", environment: environment)
            #expect(refused.status == 1)
            #expect(refused.errors.contains("Run 'hazina migrate'"))

            environment = database.environment
            environment["HAZINA_AUTO_MIGRATE"] = "true"
            let server = try HazinaProcess(["serve"], environment)
            let port = try #require(try await server.port())
            #expect(try await whoami(port).contains("OPERATOR"))
            server.stop()
            #expect(await server.end().status == 0)
        }
    }

    @Test func `serve refuses a role that row-level security does not bind`() async throws {
        try await CommandDatabase.with { database in
            var environment = database.environment
            #expect(try await HazinaProcess.run("migrate", environment: environment).status == 0)
            environment["DATABASE_URL"] = database.admin
            let outcome = try await HazinaProcess.run("serve", environment: environment)
            #expect(outcome.status == 78)
            #expect(outcome.errors.contains("is a superuser"))
            let doctor = try await HazinaProcess.run("doctor", environment: environment)
            #expect(doctor.status == 1)
            #expect(doctor.output.contains("FAIL  role"))
        }
    }

    @Test func `on SIGTERM a request in flight is finished, then the process ends with 0`()
        async throws
    {
        try await CommandDatabase.with { database in
            let environment = database.environment
            #expect(try await HazinaProcess.run("migrate", environment: environment).status == 0)
            let server = try HazinaProcess(["serve"], environment)
            let port = try #require(try await server.port())

            // The request waits for a lock that is given up only after the signal.
            let blocker = try await DirectConnection.open(url: database.admin)
            defer { blocker.close() }
            try await blocker.execute(script: "begin")
            try await blocker.execute(script: "lock hazina.assets in access exclusive mode")
            async let answer = OneRequest.send(
                "POST", "/graphql", port: port,
                headers: ["Content-Type": "application/json", "x-api-key": Self.key],
                body: """
                    {"query":
                    "mutation { createAsset(input: {code: \\"USD\\", scale: 2}) { code } }"}
                    """)
            try await waitForBlockedRequest(blocker)
            server.stop()
            while (try? await OneRequest.send("GET", "/healthz", port: port)) != nil {
                try await Task.sleep(for: .milliseconds(20))
            }
            try await blocker.execute(script: "commit")
            let text = try await answer
            #expect(text.hasPrefix("HTTP/1.1 200"))
            #expect(text.contains(#"{"code":"200"}"#))
            #expect(await server.end().status == 0)
        }
    }

    @Test func `a request that outlasts the time to stop is given up`() async throws {
        try await CommandDatabase.with { database in
            var environment = database.environment
            environment["HAZINA_SHUTDOWN_SECONDS"] = "1"
            #expect(try await HazinaProcess.run("migrate", environment: environment).status == 0)
            let server = try HazinaProcess(["serve"], environment)
            let port = try #require(try await server.port())
            let blocker = try await DirectConnection.open(url: database.admin)
            defer { blocker.close() }
            try await blocker.execute(script: "begin")
            try await blocker.execute(script: "lock hazina.assets in access exclusive mode")
            async let answer = OneRequest.send(
                "POST", "/graphql", port: port,
                headers: ["Content-Type": "application/json", "x-api-key": Self.key],
                body: #"{"query":"{ assets { edges { node { id } } } }"}"#)
            try await waitForBlockedRequest(blocker)
            let started = ContinuousClock.now
            server.stop()
            #expect(await server.end().status == 0)
            #expect(ContinuousClock.now - started < .seconds(10))
            try await blocker.execute(script: "rollback")
            _ = try? await answer
        }
    }

    @Test func `dev serves as a role of its own when DATABASE_URL names a superuser`() async throws
    {
        try await CommandDatabase.with { database in
            let server = try HazinaProcess(
                ["dev"], ["DATABASE_URL": database.admin, "HAZINA_HTTP_PORT": "0"])
            let port = try #require(try await server.port())
            let ready = try await OneRequest.send("GET", "/readyz", port: port)
            #expect(ready.hasPrefix("HTTP/1.1 200"))
            #expect(server.output.contains("curl -s http://127.0.0.1:\(port)/graphql"))
            #expect(server.errors.contains("serving as the role hazina_dev_"))
            server.stop()
            #expect(await server.end().status == 0)
        }
    }

    @Test func `a withdrawal that nobody finalises is rolled back after its time`() async throws {
        try await CommandDatabase.with { database in
            _ = try await HazinaProcess.run("migrate", environment: database.environment)
            var environment = database.environment
            environment["HAZINA_WITHDRAWAL_SECONDS"] = "1"
            let process = try HazinaProcess(["serve"], environment)
            let port = try #require(try await process.port())
            let send = { (document: String, key: String?) in
                var headers = ["Content-Type": "application/json", "x-api-key": Self.key]
                headers["Idempotency-Key"] = key
                let quoted = document.replacing("\"", with: "\\\"")
                return try await OneRequest.send(
                    "POST", "/graphql", port: port, headers: headers,
                    body: "{\"query\":\"\(quoted)\"}")
            }
            let made = try await send(
                "mutation { createAsset(input: {code: \"EUR\", scale: 2}) { asset { id } } }", nil)
            let asset = try #require(made.firstMatch(of: /"id":"([^"]+)"/)?.1)
            let deposit = """
                mutation { addAssetLiquidity(input: {assetId: "\(asset)", amount: 9,
                id: "\(UUID())"}) { code } }
                """.replacing("\n", with: " ")
            #expect(try await send(deposit, "deposit-1").contains("\"code\":\"200\""))
            let replay = try await send(deposit, "deposit-1")
            #expect(replay.contains("\"code\":\"200\""))
            #expect(replay.lowercased().contains("idempotency-replayed: true"))
            #expect(try await send("{ whoami { role } }", "x").hasPrefix("HTTP/1.1 400"))
            let withdrawal = """
                mutation { createAssetLiquidityWithdrawal(input: {assetId: "\(asset)", amount: 4,
                id: "\(UUID())"}) { code } }
                """.replacing("\n", with: " ")
            #expect(try await send(withdrawal, nil).contains("\"code\":\"200\""))
            let read = "{ asset(id: \"\(asset)\") { liquidity } }"
            #expect(try await send(read, nil).contains("\"liquidity\":\"5\""))
            let isBack = try await eventually {
                try await send(read, nil).contains("\"liquidity\":\"9\"")
            }
            #expect(isBack)
            let audit = try await HazinaProcess.run("audit", environment: database.environment)
            #expect(audit.status == 0)
            #expect(
                audit.output == "The ledger is sound: 1 tenant(s), 3 account(s), 2 transfer(s).")
            process.stop()
            #expect(await process.end().status == 0)
        }
    }

    /// Whether something comes true within 20 seconds.
    private func eventually(_ holds: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<100 {
            if try await holds() { return true }
            try await Task.sleep(for: .milliseconds(200))
        }
        return false
    }
}
