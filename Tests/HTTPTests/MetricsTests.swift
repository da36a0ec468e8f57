import Logging
import Metrics
import Telemetry
import Testing

@testable import HTTP

@Suite struct MetricsTests {
    private static let token = "token-of-the-metrics-0123456789"

    /// Serves with `/metrics` on a registry of its own.
    private func serve(
        token: String? = nil, _ body: (TestAPI) async throws -> Void
    ) async throws {
        let registry = MetricsRegistry(MetricDefinition.all)
        try await withMetricsFactory(registry) {
            try await TestAPI.serve(
                { $0.metrics = MetricsEndpoint(token: token) { registry.render() } }, body)
        }
    }

    @Test func `a direct caller on this machine reads them in Prometheus' format`() async throws {
        try await serve { api in
            let reply = try await api.request("GET", "/metrics")
            #expect(reply.status == 200)
            #expect(
                reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(reply.body.contains("# TYPE hazina_requests_total counter\n"))
            let head = try await api.request("HEAD", "/metrics")
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
            #expect(try await api.request("POST", "/metrics", body: "").status == 405)
        }
    }

    @Test(
        arguments: [
            ("X-Forwarded-For", "192.0.2.1"), ("Forwarded", "for=192.0.2.1"),
            ("X-Real-IP", "192.0.2.1"), ("Via", "1.1 proxy"), ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-For", ""),
        ])
    func `a request that a proxy has passed on is not direct`(
        name: String, value: String
    ) async throws {
        try await serve { api in
            let reply = try await api.request("GET", "/metrics", headers: [(name, value)])
            #expect(reply.status == 401)
            #expect(reply.headers["www-authenticate"] == "Bearer")
            #expect(!reply.body.contains("hazina_"))
        }
    }

    @Test(
        arguments: [
            ("127.0.0.1:4000", 200), ("localhost:4000", 200), ("[::1]:4000", 200),
            ("hazina", 200), ("pay.example", 401), ("pay.example:443", 401),
            ("192.0.2.1:4000", 401), ("app.localhost", 200),
        ])
    func `a request by a public name comes from elsewhere`(
        host: String, status: Int
    ) async throws {
        try await serve { api in
            let connection = try await api.connect()
            try await connection.send("GET /metrics HTTP/1.1\r\nHost: \(host)\r\n\r\n")
            #expect(try await connection.reply().status == status)
        }
    }

    @Test func `with a token, only who has it may read, from anywhere`() async throws {
        try await serve(token: Self.token) { api in
            #expect(try await api.request("GET", "/metrics").status == 401)
            for wrong in ["Bearer x", "Bearer \(Self.token)x", "Basic \(Self.token)"] {
                let reply = try await api.request(
                    "GET", "/metrics", headers: [("Authorization", wrong)])
                #expect(reply.status == 401)
                #expect(!reply.body.contains(Self.token))
            }
            let reply = try await api.request(
                "GET", "/metrics",
                headers: [
                    ("Authorization", "Bearer \(Self.token)"), ("X-Forwarded-For", "192.0.2.1"),
                ])
            #expect(reply.status == 200)
            #expect(!api.log.entries.contains { "\($0)".contains(Self.token) })
        }
    }

    @Test func `there is no such page where none is configured`() async throws {
        try await TestAPI.serve { api in
            let reply = try await api.request("GET", "/metrics")
            #expect(reply.status == 404)
        }
    }

    @Test func `requests are counted by root field and outcome`() async throws {
        try await serve { api in
            for _ in 0..<3 { _ = try await api.post(#"{"query":"{ hello }"}"#) }
            _ = try await api.post(#"{"query":"query Mine { a: hello b: hello }"}"#)
            _ = try await api.post(#"{"query":"{ hello echo(text: \"x\") }"}"#)
            _ = try await api.post(#"{"query":"{ __typename }"}"#)
            _ = try await api.post(#"{"query":"{ nothing }"}"#)
            _ = try await api.post(#"{"query":"mutation { change }"}"#)
            let text = try await api.request("GET", "/metrics").body
            func count(_ operation: String, _ outcome: String) -> String {
                #"hazina_requests_total{operation="\#(operation)",outcome="\#(outcome)"}"#
            }
            #expect(text.contains(count("hello", "ok") + " 4\n"))
            #expect(text.contains(count("hello", "server_error") + " 0\n"))
            #expect(text.contains(count("several", "ok") + " 1\n"))
            #expect(text.contains(count("introspection", "ok") + " 1\n"))
            #expect(text.contains(count("none", "client_error") + " 1\n"))
            #expect(text.contains(count("change", "ok") + " 1\n"))
            #expect(
                text.contains(#"hazina_request_duration_seconds_count{operation="hello"} 4"#))
            #expect(
                text.contains(
                    #"hazina_http_responses_total{route="/graphql",status="200"} 7"#))
            #expect(
                text.contains(
                    #"hazina_http_responses_total{route="/graphql",status="400"} 1"#))
            // The request for the page itself is under way.
            #expect(text.contains("hazina_http_requests_in_flight 1\n"))
        }
    }

    @Test func `nothing that a client sends becomes a label`() async throws {
        try await serve { api in
            _ = try await api.post(#"{"query":"query Foreign { alien: hello }"}"#)
            _ = try await api.post(#"{"query":"{ alien }"}"#)
            _ = try await api.request("GET", "/alien/1")
            _ = try await api.request("GET", "/graphql/alien")
            _ = try await api.request("ALIEN", "/graphql")
            let text = try await api.request("GET", "/metrics").body
            #expect(!text.contains("alien"))
            #expect(!text.contains("Foreign"))
            #expect(text.contains(#"hazina_http_responses_total{route="other",status="404"} 2"#))
        }
    }

    @Test func `the log line of a request names field and outcome`() async throws {
        try await serve { api in
            _ = try await api.post(
                #"{"query":"query Mine { hello }"}"#, headers: [("x-api-key", TestAPI.goodKey)])
            _ = try await api.post(#"{"query":"{ nothing }"}"#)
            _ = try await api.request("GET", "/metrics")
            let lines = api.log.requests.map(\.fields)
            #expect(lines[0]["field"] == "hello")
            #expect(lines[0]["outcome"] == "ok")
            #expect(lines[0]["operation"] == "query")
            #expect(lines[0]["operationName"] == "Mine")
            #expect(lines[0]["tenant"] == "tenant-1")
            #expect(lines[0]["status"] == "200")
            #expect(lines[0]["durationMs"] != nil)
            #expect(lines[0]["requestId"] != nil)
            #expect(lines[1]["field"] == "none")
            #expect(lines[1]["outcome"] == "client_error")
            #expect(api.log.requests[2].level == .debug)
        }
    }
}
