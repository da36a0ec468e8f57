import Logging
import Testing

@testable import HTTP

@Suite struct SecurityHeaderTests {
    private func check(_ reply: HTTPConnection.Reply, _ comment: Comment) {
        let expected = [
            "x-content-type-options": "nosniff", "cache-control": "no-store",
            "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
            "referrer-policy": "no-referrer", "x-frame-options": "DENY",
        ]
        for (name, value) in expected { #expect(reply.headers[name] == value, comment) }
        // Over plain HTTP it would be a lie, and without settings no page may call.
        #expect(reply.headers["strict-transport-security"] == nil, comment)
        #expect(!reply.headers.keys.contains { $0.hasPrefix("access-control-") }, comment)
        #expect(reply.headers["server"] == nil, comment)
    }

    @Test func `every answer has them, whatever it answers`() async throws {
        try await TestAPI.serve { api in
            let origin = [("Origin", "https://evil.example")]
            for (method, path) in [
                ("GET", "/healthz"), ("HEAD", "/readyz"), ("GET", "/nothing"), ("PUT", "/graphql"),
                ("OPTIONS", "/graphql"), ("OPTIONS", "/"), ("GET", "/graphql?query={hello}"),
                ("GET", "/graphql"), ("GET", "/keys/known"), ("GET", "/keys/unknown"),
                ("GET", "/keys/fault"), ("TRACE", "/graphql"),
            ] {
                let reply = try await api.request(method, path, headers: origin)
                check(reply, "\(method) \(path)")
            }
            check(try await api.post("no json"), "no json")
            let bad = try await api.post(
                #"{"query":"{ hello }"}"#, headers: [("x-api-key", TestAPI.brokenKey)])
            check(bad, "fault")
        }
    }

    @Test(arguments: [
        "nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
        "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST /graphql HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    ])
    func `so do answers to what is no request`(_ text: String) async throws {
        try await TestAPI.serve { api in
            let connection = try await api.connect()
            try await connection.send(text)
            let reply = try await connection.reply()
            #expect((400...599).contains(reply.status))
            check(reply, "\(text)")
        }
    }

    @Test func `an event stream has them`() async throws {
        try await TestAPI.serve { api in
            let connection = try await api.connect()
            try await connection.send(
                "POST", "/graphql",
                headers: [
                    ("Content-Type", "application/json"), ("Accept", "text/event-stream"),
                ], body: #"{"query":"subscription { ticks(count: 1) }"}"#)
            let head = try await connection.head()
            #expect(head.status == 200)
            check(head, "stream")
        }
    }

    @Test(arguments: ["<script>alert(1)</script>", "%0d%0aSet-Cookie:%20x=1", "xyzzy"])
    func `nothing of a request comes back in the transport's own answers`(
        _ text: String
    ) async throws {
        try await TestAPI.serve { api in
            let path = text.replacing("<", with: "%3C").replacing(">", with: "%3E")
            for reply in [
                try await api.request("GET", "/\(path)"),
                try await api.request("GET", "/keys/\(path)"),
                try await api.request(
                    "GET", "/graphql?query={hello}&operationName=\(path)",
                    headers: [("Accept", "text/\(path)"), ("X-Request-Id", "\(path) ")]),
                try await api.request("PUT", "/graphql?\(path)"),
            ] {
                let all = reply.body + "\(reply.headers)"
                #expect(!all.contains("script") && !all.contains("Set-Cookie"))
                #expect(!all.contains("xyzzy") || reply.headers["x-request-id"] == "xyzzy")
            }
        }
    }

    @Test func `pages of origins that the settings name may call, and no others`() async throws {
        let cors = CORSPolicy(origins: ["https://wallet.example"])
        try await TestAPI.serve({ $0.cors = cors }) { api in
            let asking = [
                ("Origin", "https://wallet.example"), ("Access-Control-Request-Method", "POST"),
                ("Access-Control-Request-Headers", "content-type, x-api-key"),
            ]
            let allowed = try await api.request("OPTIONS", "/graphql", headers: asking)
            #expect(allowed.status == 204)
            #expect(allowed.headers["access-control-allow-origin"] == "https://wallet.example")
            #expect(allowed.headers["access-control-allow-methods"] == "GET, POST")
            #expect(allowed.headers["access-control-allow-headers"]?.contains("X-Api-Key") == true)
            #expect(allowed.headers["access-control-allow-credentials"] == nil)
            #expect(allowed.headers["content-length"] == nil)
            let body = #"{"query":"{ hello }"}"#
            let answer = try await api.post(body, headers: [asking[0]])
            #expect(answer.headers["access-control-allow-origin"] == "https://wallet.example")
            #expect(answer.headers["vary"]?.contains("Origin") == true)
            for origin in ["https://evil.example", "https://wallet.example.evil", "null"] {
                let refused = try await api.request(
                    "OPTIONS", "/graphql", headers: [("Origin", origin), asking[1]])
                #expect(refused.status == 405)
                let other = try await api.post(body, headers: [("Origin", origin)])
                for reply in [refused, other] {
                    #expect(reply.headers["access-control-allow-origin"] == nil)
                }
                #expect(other.headers["vary"]?.contains("Origin") == true)
            }
        }
    }
}
