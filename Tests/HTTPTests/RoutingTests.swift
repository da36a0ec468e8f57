import Logging
import Testing

@testable import App
@testable import HTTP

@Suite struct RoutingTests {
    @Test(arguments: ["/", "/api/graphql", "/graphql/", "/graphqlx", "/healthz/x"])
    func `anything else is not found, as JSON`(path: String) async throws {
        try await TestAPI.serve { api in
            let reply = try await api.request("GET", path)
            #expect(reply.status == 404)
            #expect(reply.headers["content-type"] == "application/json; charset=utf-8")
            #expect(reply.headers["x-request-id"] != nil)
            #expect(reply.body.contains(#""code":"NOT_FOUND""#))
        }
    }

    @Test func `a target with the whole URL means its path`() async throws {
        try await TestAPI.serve { api in
            let health = try await api.request("GET", "http://test/healthz?x=/y")
            #expect(health.status == 200)
            let query = try await api.request("GET", "http://test/graphql?query={hello}")
            #expect(query.status == 200)
        }
    }

    @Test func `another method names those that are allowed`() async throws {
        try await TestAPI.serve { api in
            for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"] {
                let reply = try await api.request(method, "/graphql")
                #expect(reply.status == 405)
                #expect(reply.headers["allow"] == "GET, POST")
            }
            let health = try await api.request("POST", "/healthz", body: "")
            #expect(health.status == 405)
            #expect(health.headers["allow"] == "GET, HEAD")
        }
    }

    @Test func `health and readiness are told`() async throws {
        try await TestAPI.serve { api in
            let health = try await api.request("GET", "/healthz")
            #expect(health.status == 200)
            #expect(health.body == #"{"status":"ok"}"#)
            #expect(try await api.request("GET", "/readyz").body == #"{"status":"ready"}"#)
            let head = try await api.request("HEAD", "/readyz")
            #expect(head.status == 200)
            #expect(head.headers["content-length"] == "18")
            // The test's server calls itself unavailable once it has changed something.
            _ = try await api.post(#"{"query":"mutation { change }"}"#)
            let unready = try await api.request("GET", "/readyz")
            #expect(unready.status == 503)
            #expect(unready.body == #"{"status":"unavailable","reason":"a \"reason\""}"#)
            #expect(try await api.request("GET", "/healthz").status == 200)
        }
    }

    @Test func `the request id is taken over, answered and logged`() async throws {
        try await TestAPI.serve { api in
            let mine = try await api.post(
                #"{"query":"{ hello }"}"#, headers: [("X-Request-ID", "order-4711_a.b")])
            #expect(mine.headers["x-request-id"] == "order-4711_a.b")
            let hostile = try await api.request(
                "GET", "/nothing", headers: [("X-Request-Id", "a\tlevel=error")])
            let replaced = try #require(hostile.headers["x-request-id"])
            #expect(replaced.count == 32)
            #expect(
                api.log.requests.map { $0.fields["requestId"] } == ["order-4711_a.b", replaced])
        }
    }

    @Test func `a request has one log line, without what it carried`() async throws {
        try await TestAPI.serve { api in
            _ = try await api.post(
                """
                {"query": "query Greeting($t: String!) { echo(text: $t) }",
                "variables": {"t": "private"}}
                """,
                headers: [
                    ("x-api-key", TestAPI.goodKey), ("Authorization", "Bearer hidden-session"),
                ])
            _ = try await api.request("GET", "/graphql?query={hello}&secret=private")
            _ = try await api.request("GET", "/healthz")
            let lines = api.log.requests
            #expect(lines.map(\.level) == [.info, .info, .debug])
            let first = try #require(lines.first)
            #expect(first.fields["method"] == "POST")
            #expect(first.fields["path"] == "/graphql")
            #expect(first.fields["status"] == "200")
            #expect(first.fields["operation"] == "query")
            #expect(first.fields["operationName"] == "Greeting")
            #expect(first.fields["tenant"] == "tenant-1")
            #expect(first.fields["client"] == "127.0.0.1")
            #expect(Double(first.fields["durationMs"] ?? "") != nil)
            for entry in api.log.entries {
                for secret in ["private", TestAPI.goodKey, "hidden-session"] {
                    #expect(!"\(entry)".contains(secret))
                }
            }
        }
    }

    @Test func `a trusted proxy's word about the client is taken`() async throws {
        let loopback = AddressBlock("127.0.0.0/8").map { [$0] } ?? []
        try await TestAPI.serve({ $0.trustedProxies = loopback }) { api in
            _ = try await api.request(
                "GET", "/x", headers: [("X-Forwarded-For", "1.1.1.1, 198.51.100.7:80")])
            #expect(api.log.requests.first?.fields["client"] == "198.51.100.7")
        }
    }
}

@Suite struct BadKeyAnswerTests {
    private static let body = #"{"query":"{ hello }"}"#

    @Test func `too many wrong keys are refused, and a valid key still works`() async throws {
        try await TestAPI.serve({ $0.badKeysPerMinute = 2 }) { api in
            for _ in 1...2 {
                #expect(
                    try await api.post(Self.body, headers: [("x-api-key", "bad")]).status == 200)
            }
            let refused = try await api.post(Self.body, headers: [("x-api-key", "bad")])
            #expect(refused.status == 429)
            #expect(refused.body.contains(#""code":"TOO_MANY_REQUESTS""#))
            let seconds = try #require(refused.headers["retry-after"].flatMap { Int($0) })
            #expect((1...60).contains(seconds))
            let valid = try await api.post(Self.body, headers: [("x-api-key", TestAPI.goodKey)])
            #expect(valid.status == 200)
            #expect(try await api.post(Self.body).status == 200)
        }
    }

    @Test func `wrong keys that a resolver reports count as well`() async throws {
        try await TestAPI.serve({ $0.badKeysPerMinute = 1 }) { api in
            let redeem = #"{"query":"{ redeem }"}"#
            #expect(try await api.post(redeem).body == #"{"data":{"redeem":"unknown"}}"#)
            let refused = try await api.post(redeem)
            #expect(refused.status == 429)
            #expect(refused.body == #"{"data":{"redeem":"refused"}}"#)
            #expect(refused.headers["retry-after"] != nil)
            #expect(try await api.post(Self.body, headers: [("x-api-key", "bad")]).status == 429)
        }
    }

    @Test func `a database that cannot be asked gives 503`() async throws {
        try await TestAPI.serve { api in
            let reply = try await api.post(
                Self.body, headers: [("x-api-key", TestAPI.unluckyKey)])
            #expect(reply.status == 503)
            #expect(reply.headers["retry-after"] == "1")
            #expect(reply.body.contains(#""code":"SERVICE_UNAVAILABLE""#))
            #expect(api.log.requests.first?.level == .error)
        }
    }

    @Test func `a fault of ours gives 500 with the request's id`() async throws {
        try await TestAPI.serve { api in
            let reply = try await api.post(
                Self.body, headers: [("x-api-key", TestAPI.brokenKey), ("X-Request-Id", "r-1")])
            #expect(reply.status == 500)
            #expect(reply.body.contains(#""requestId":"r-1""#))
            #expect(!reply.body.contains("Fault"))
        }
    }
}
