import Logging
import Testing

@testable import HTTP

/// Clients that mean no good, or do not know better.
@Suite struct HostileClientTests {
    private static let head =
        "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    private static let chunked = head + "Transfer-Encoding: chunked\r\n\r\n"

    @Test(arguments: [
        chunked + "zz\r\n{}\r\n0\r\n\r\n", chunked + "-5\r\n{}\r\n0\r\n\r\n",
        chunked + "ffffffffffffffffff\r\n{}\r\n", chunked + "2\r\n{}more\r\n0\r\n\r\n",
        head + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        head + "Content-Length: -1\r\n\r\n{}", head + "Content-Length: +2\r\n\r\n{}",
        head + "Content-Length: 99999999999999999999\r\n\r\n{}",
        head + "Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n", "GET /healthz HTTP/1.1\nHost: a\n\n",
        "GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", "GET /healthz\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET /healthz HTTP/1.1\r\nX: a\0b\r\n\r\n",
    ])
    func `what could be read in two ways is refused, and the connection ends`(
        text: String
    ) async throws {
        try await TestAPI.serve { api in
            let connection = try await api.connect()
            try await connection.send(text)
            #expect(try await connection.reply().status == 400)
            #expect(try await connection.isClosed(within: 30))
            #expect(api.log.entries.allSatisfy { $0.level < .error })
        }
    }

    @Test func `a request names one host, health checks may name none`() async throws {
        try await TestAPI.serve { api in
            for (headers, path, status) in [
                ("", "/graphql?query={hello}", 400), ("", "/elsewhere", 400), ("", "/healthz", 200),
                ("Host: a\r\nHost: b\r\n", "/graphql?query={hello}", 400),
                ("Host: a\r\nhost: a\r\n", "/healthz", 400), ("Host: a\r\n", "/healthz", 200),
            ] {
                let connection = try await api.connect()
                try await connection.send("GET \(path) HTTP/1.1\r\n\(headers)\r\n")
                let reply = try await connection.reply()
                #expect(reply.status == status)
                #expect(status == 200 || reply.body.contains(#""code":"BAD_REQUEST""#))
            }
        }
    }

    @Test func `a transfer coding that is not undone is refused`() async throws {
        try await TestAPI.serve { api in
            let connection = try await api.connect()
            try await connection.send(
                Self.head + "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
            #expect(try await connection.reply().status == 501)
            #expect(try await connection.isClosed(within: 30))
            #expect(api.log.requests.map(\.level) == [.info])
        }
    }

    @Test func `headers and request lines have limits`() async throws {
        let start = "GET /healthz HTTP/1.1\r\nHost: a\r\n"
        func letters(_ count: Int) -> String { String(repeating: "a", count: count) }
        let many = (1...12).map { "X\($0): \(letters(1000))\r\n" }.joined()
        let short = String(repeating: "X: y\r\n", count: 300)
        try await TestAPI.serve({ $0.maxHeaderBytes = 10_000 }) { api in
            for (text, status) in [
                (start + "X: \(letters(9000))\r\n\r\n", 200),
                (start + "X: \(letters(11_000))\r\n\r\n", 400),
                (start + many + "\r\n", 400), (start + short + "\r\n", 400),
                ("GET /\(letters(11_000)) HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ] {
                let connection = try await api.connect()
                try await connection.send(text)
                let reply = try await connection.reply()
                #expect(reply.status == status)
            }
        }
    }

    @Test func `headers that drip are given up`() async throws {
        try await TestAPI.serve({ $0.idleSeconds = 1 }) { api in
            let connection = try await api.connect()
            try await connection.send(Self.head)
            let dripping = Task {
                while true {
                    try await connection.send("X: y\r\n")
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            #expect(try await connection.isClosed(within: 30))
            dripping.cancel()
        }
    }

    @Test func `further connections wait for a place`() async throws {
        try await TestAPI.serve({ $0.maxConnections = 2 }) { api in
            let first = try await api.connect()
            var second: HTTPConnection? = try await api.connect()
            for connection in [first, second] {
                try await connection?.send("GET", "/healthz")
                #expect(try await connection?.reply().status == 200)
            }
            let third = try await api.connect()
            try await third.send("GET", "/healthz")
            #expect(try await third.isSilent(forMilliseconds: 300))
            second = nil
            #expect(try await third.reply().status == 200)
            withExtendedLifetime(first) {}
        }
    }

    @Test func `a client that reads none of its answers is cut off`() async throws {
        try await TestAPI.serve {
            $0.stallSeconds = 1
        } _: { api in
            let connection = try await api.connect()
            let text = String(repeating: "x", count: 50_000)
            let body = #"{"query":"{ echo(text: \"\#(text)\") }"}"#
            let request = Self.head + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
            // More than the system's buffers hold: at some point the server takes no more either.
            await #expect(throws: HTTPConnection.Failure.self) {
                for _ in 1...2000 { try await connection.send(request) }
            }
            #expect(api.log.requests.count < 2000)
            #expect(try await api.request("GET", "/healthz").status == 200)
        }
    }

    @Test func `many requests at once on one connection are answered in their order`()
        async throws
    {
        try await TestAPI.serve { api in
            let connection = try await api.connect()
            let requests = (1...300).map {
                "GET /graphql?query=%7Becho(text:%22\($0)%22)%7D HTTP/1.1\r\nHost: a\r\n\r\n"
            }
            try await connection.send(requests.joined())
            for number in 1...300 {
                #expect(try await connection.reply().body == #"{"data":{"echo":"\#(number)"}}"#)
            }
        }
    }

    @Test func `a client that asks first is told to go on, unless its body is too large`()
        async throws
    {
        try await TestAPI.serve({ $0.maxBodyBytes = 1000 }) { api in
            let connection = try await api.connect()
            let body = #"{"query":"{ hello }"}"#
            let asking = Self.head + "Expect: 100-continue\r\n"
            try await connection.send(asking + "Content-Length: \(body.utf8.count)\r\n\r\n")
            #expect(try await connection.head().status == 100)
            try await connection.send(body)
            #expect(try await connection.reply().body == #"{"data":{"hello":"world"}}"#)
            try await connection.send(asking + "Content-Length: 1001\r\n\r\n")
            #expect(try await connection.reply().status == 413)
        }
    }
}
