import Foundation
import TestSupport
import Testing

@testable import Server

/// The traces of running servers, as a collector gets them.
@Suite(
    .serialized, .enabled(if: clusterURL != nil, "needs HAZINA_TEST_DATABASE_URL"),
    .timeLimit(.minutes(3)))
struct TracingCommandTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"

    private func post(
        _ document: String, _ port: Int, tenantKey: String? = nil
    ) async throws -> String {
        let quoted = document.replacing("\"", with: "\\\"").replacing("\n", with: " ")
        return try await OneRequest.send(
            "POST", "/graphql", port: port,
            headers: [
                "Content-Type": "application/json", "x-api-key": tenantKey ?? CommandDatabase.key,
                "traceparent": "00-\(Self.trace)-b7ad6b7169203331-01",
            ],
            body: "{\"query\":\"\(quoted)\"}")
    }

    private func spans(_ receiver: TestReceiver) throws -> [JSON] {
        try receiver.requests.filter { $0.path == "/v1/traces" }.flatMap { request in
            try JSON(bytes: Array(request.body.utf8)).resourceSpans[0].scopeSpans[0].spans.items
        }
    }

    private func waitForSpan(
        _ name: String, times: Int = 1, _ receiver: TestReceiver
    ) async throws {
        for _ in 0..<600 {
            if try spans(receiver).count(where: { $0.name.text == name }) >= times { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("no span \(name)")
    }

    @Test func `a mutation is one trace, down to its statements by name and the ledger's batch`()
        async throws
    {
        try await CommandDatabase.with { database in
            try await TestReceiver.with { collector in
                var environment = database.environment
                _ = try await HazinaProcess.run("migrate", environment: environment)
                environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:\(collector.port)/"
                environment["OTEL_EXPORTER_OTLP_HEADERS"] = "api-key=collectors-secret"
                let server = try HazinaProcess(["serve"], environment)
                let port = try #require(try await server.port())
                let made = try await post(
                    "mutation { createAsset(input: {code: \"EUR\", scale: 2}) { asset { id } } }",
                    port)
                let asset = try #require(made.firstMatch(of: /"id":"([^"]+)"/)?.1)
                let deposit = try await post(
                    """
                    mutation { addAssetLiquidity(input: {assetId: "\(asset)", amount: 987654321,
                    id: "\(UUID())"}) { code } }
                    """, port)
                #expect(deposit.contains("\"code\":\"200\""))
                try await waitForSpan("POST /graphql", times: 2, collector)
                server.stop()
                let outcome = await server.end()
                #expect(outcome.status == 0)
                let spans = try spans(collector)
                let own = spans.filter { $0.traceId.text == Self.trace }
                let names = Set(own.compactMap(\.name.text))
                for name in [
                    "POST /graphql", "mutation createAsset", "transaction", "assets.insert",
                    "commit", "mutation addAssetLiquidity", "ledger operation", "ledger batch",
                    "ledger.apply",
                ] {
                    #expect(names.contains(name), "\(names)")
                }
                let ids = Set(own.compactMap(\.spanId.text))
                #expect(
                    own.allSatisfy { span in
                        span.parentSpanId.text == "b7ad6b7169203331"
                            || span.parentSpanId.text.map { ids.contains($0) } == true
                    })
                #expect(
                    collector.requests.allSatisfy { $0.headers["api-key"] == "collectors-secret" })
                let everything = collector.requests.map(\.body).joined() + outcome.errors
                for secret in [CommandDatabase.key, "collectors-secret", "987654321"] {
                    #expect(!everything.contains(secret))
                }
            }
        }
    }

    @Test func `a webhook's receiver is told the trace of its delivery`() async throws {
        try await CommandDatabase.with { database in
            try await TestReceiver.with { collector in
                try await TestReceiver.with { receiver in
                    var environment = database.environment
                    _ = try await HazinaProcess.run("migrate", environment: environment)
                    environment["HAZINA_OTLP_ENDPOINT"] = "http://127.0.0.1:\(collector.port)"
                    environment["HAZINA_WEBHOOK_ALLOW_PRIVATE"] = "true"
                    let server = try HazinaProcess(["serve"], environment)
                    let port = try #require(try await server.port())
                    let tenant = try await post(
                        "mutation { createTenant(input: {name: \"T\"}) { apiKey } }", port)
                    let key = String(try #require(tenant.firstMatch(of: /"apiKey":"([^"]+)"/)?.1))
                    let set = try await post(
                        "mutation { setWebhook(input: {url: \"\(receiver.url)\"}) { code } }", port,
                        tenantKey: key)
                    #expect(set.contains("\"code\":\"200\""))
                    let sent = try await post(
                        "mutation { sendTestWebhook { code } }", port, tenantKey: key)
                    #expect(sent.contains("\"code\":\"200\""), "\(sent)")
                    #expect(await receiver.waitForRequests(1))
                    try await waitForSpan("webhook delivery", collector)
                    server.stop()
                    #expect(await server.end().status == 0)
                    let parent = try #require(receiver.requests.first?.headers["traceparent"])
                    let parts = parent.split(separator: "-").map(String.init)
                    let delivery = try #require(
                        try spans(collector).first { $0.name.text == "webhook delivery" })
                    #expect(delivery.traceId.text == parts[1])
                    #expect(delivery.spanId.text == parts[2])
                    #expect(delivery.kind.number == 4)
                }
            }
        }
    }

    @Test func `a collector that is away holds up nobody, and is told of once`() async throws {
        try await CommandDatabase.with { database in
            var environment = database.environment
            _ = try await HazinaProcess.run("migrate", environment: environment)
            environment["HAZINA_OTLP_ENDPOINT"] = "http://127.0.0.1:9"
            let server = try HazinaProcess(["serve"], environment)
            let port = try #require(try await server.port())
            for _ in 0..<5 {
                #expect(try await post("{ whoami { role } }", port).contains("OPERATOR"))
                try await Task.sleep(for: .milliseconds(300))
            }
            server.stop()
            let outcome = await server.end()
            #expect(outcome.status == 0)
            #expect(
                outcome.errors.split(separator: "\n").count { $0.contains("Spans are lost") } == 1)
        }
    }
}
