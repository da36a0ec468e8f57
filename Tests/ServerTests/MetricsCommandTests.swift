import Foundation
import Postgres
import Testing

@testable import Server

/// `/metrics` of running servers.
@Suite(
    .serialized, .enabled(if: clusterURL != nil, "needs HAZINA_TEST_DATABASE_URL"),
    .timeLimit(.minutes(2)))
struct MetricsCommandTests {
    private func post(_ document: String, _ port: Int) async throws -> String {
        let quoted = document.replacing("\"", with: "\\\"")
        return try await OneRequest.send(
            "POST", "/graphql", port: port,
            headers: ["Content-Type": "application/json", "x-api-key": CommandDatabase.key],
            body: "{\"query\":\"\(quoted)\"}")
    }

    @Test func `a server shows its metrics on its own port`() async throws {
        try await CommandDatabase.with { database in
            _ = try await HazinaProcess.run("migrate", environment: database.environment)
            let server = try HazinaProcess(["serve"], database.environment)
            let port = try #require(try await server.port())
            let made = try await post(
                "mutation { createAsset(input: {code: \"EUR\", scale: 2}) { asset { id } } }", port)
            let asset = try #require(made.firstMatch(of: /"id":"([^"]+)"/)?.1)
            let deposit =
                "mutation { addAssetLiquidity(input: {assetId: \"\(asset)\", amount: 9, "
                + "id: \"\(UUID())\"}) { code } }"
            #expect(try await post(deposit, port).contains("\"code\":\"200\""))
            let unknown =
                "mutation { addAssetLiquidity(input: {assetId: \"\(UUID())\", amount: 9, "
                + "id: \"\(UUID())\"}) { code } }"
            #expect(try await post(unknown, port).contains("\"code\":\"404\""))
            let denied = try await OneRequest.send(
                "POST", "/graphql", port: port, headers: ["Content-Type": "application/json"],
                body: #"{"query":"{ assets { edges { node { id } } } }"}"#)
            #expect(denied.contains("UNAUTHENTICATED"))

            let page = try await OneRequest.send("GET", "/metrics", port: port)
            #expect(page.hasPrefix("HTTP/1.1 200"))
            for line in [
                #"hazina_requests_total{operation="createAsset",outcome="ok"} 1"#,
                #"hazina_requests_total{operation="addAssetLiquidity",outcome="ok"} 1"#,
                #"hazina_requests_total{operation="addAssetLiquidity",outcome="client_error"} 1"#,
                #"hazina_requests_total{operation="assets",outcome="refused"} 1"#,
                "hazina_database_up 1", "hazina_sessions_active 0",
                #"hazina_build_info{version="\#(Hazina.version)"} 1"#,
                "hazina_webhook_queue_subjects 0",
            ] {
                #expect(page.contains("\n\(line)\n"))
            }
            for pattern in [
                /hazina_ledger_batch_operations_count [1-9]/,
                /hazina_ledger_commit_seconds_count [1-9]/,
                /hazina_pool_wait_seconds_count\{kind="lease"\} [1-9]/,
                /hazina_pool_pipeline_depth_count [1-9]/,
                /process_resident_memory_bytes [1-9]/,
            ] {
                #expect(page.contains(pattern))
            }
            #expect(!page.contains(CommandDatabase.key))
            server.stop()
            #expect(await server.end().status == 0)
        }
    }

    @Test func `a port of their own takes the metrics off the API's, also of a process that works`()
        async throws
    {
        try await CommandDatabase.with { database in
            var environment = database.environment
            _ = try await HazinaProcess.run("migrate", environment: environment)
            environment["HAZINA_METRICS_PORT"] = "0"
            environment["HAZINA_METRICS_TOKEN"] = "a-token-for-the-metrics"
            for command in ["serve", "work"] {
                let process = try HazinaProcess([command], environment)
                let port = try #require(try await metricsPort(of: process))
                let refused = try await OneRequest.send("GET", "/metrics", port: port)
                #expect(refused.hasPrefix("HTTP/1.1 401"))
                let page = try await OneRequest.send(
                    "GET", "/metrics", port: port,
                    headers: ["Authorization": "Bearer a-token-for-the-metrics"])
                #expect(page.hasPrefix("HTTP/1.1 200"))
                #expect(page.contains("hazina_database_up 1"))
                if command == "serve" {
                    let api = try #require(try await process.port())
                    let elsewhere = try await OneRequest.send("GET", "/metrics", port: api)
                    #expect(elsewhere.hasPrefix("HTTP/1.1 404"))
                }
                process.stop()
                let outcome = await process.end()
                #expect(outcome.status == 0)
                #expect(!outcome.errors.contains("a-token-for-the-metrics"))
            }
        }
    }

    @Test func `a port for metrics that is taken stops the start`() async throws {
        try await CommandDatabase.with { database in
            var environment = database.environment
            _ = try await HazinaProcess.run("migrate", environment: environment)
            let first = try HazinaProcess(["serve"], environment)
            let port = try #require(try await first.port())
            environment["HAZINA_METRICS_PORT"] = String(port)
            let second = try await HazinaProcess.run("serve", environment: environment)
            #expect(second.status == 1)
            #expect(second.errors.contains("HAZINA_METRICS_PORT"))
            first.stop()
            #expect(await first.end().status == 0)
        }
    }

    @Test func `a slow statement is logged by its name, without its values`() async throws {
        try await CommandDatabase.with { database in
            var environment = database.environment
            _ = try await HazinaProcess.run("migrate", environment: environment)
            environment["HAZINA_SLOW_STATEMENT_MS"] = "1"
            let server = try HazinaProcess(["serve"], environment)
            let port = try #require(try await server.port())
            let blocker = try await DirectConnection.open(url: database.admin)
            defer { blocker.close() }
            try await blocker.execute(script: "begin")
            try await blocker.execute(script: "lock hazina.assets in access exclusive mode")
            async let answer = post(
                "mutation { createAsset(input: {code: \"SLOWVALUE\", scale: 2}) { code } }", port)
            while try await blocker.query(
                "select 1 from pg_locks where not granted and relation = 'hazina.assets'::regclass"
            ).isEmpty {
                try await Task.sleep(for: .milliseconds(20))
            }
            try await blocker.execute(script: "commit")
            #expect(try await answer.contains("\"code\""))
            let page = try await OneRequest.send("GET", "/metrics", port: port)
            #expect(page.contains(/hazina_database_slow_statements_total [1-9]/))
            server.stop()
            let errors = await server.end().errors
            let lines = errors.split(separator: "\n").filter { $0.contains("Slow statement") }
            #expect(lines.contains { $0.contains(#""statements":["assets."#) })
            #expect(lines.allSatisfy { $0.contains(#""durationMs":"#) })
            #expect(!lines.contains { $0.contains("SLOWVALUE") })
        }
    }

    private func metricsPort(of process: HazinaProcess) async throws -> Int? {
        for _ in 0..<400 {
            if let match = process.errors.firstMatch(of: /http:\/\/127\.0\.0\.1:(\d+)\/metrics/) {
                return Int(match.1)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        return nil
    }
}
