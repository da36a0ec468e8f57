import Testing

@testable import HTTP

@Suite struct ConnectionTests {
    private static let head =
        "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"

    @Test func `requests follow one another on one connection`() async throws {
        try await TestAPI.serve { api in
            let connection = try await api.connect()
            let json = [("Content-Type", "application/json")]
            for _ in 1...3 {
                try await connection.send(
                    "POST", "/graphql", headers: json, body: #"{"query":"{ hello }"}"#)
                #expect(try await connection.reply().status == 200)
            }
            // Two at once.
            let body = #"{"query":"{ hello }"}"#
            let request = Self.head + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
            try await connection.send(request + request)
            #expect(try await connection.reply().status == 200)
            #expect(try await connection.reply().status == 200)
        }
    }

    @Test func `a body that is announced too large is refused unread`() async throws {
        try await TestAPI.serve({ $0.maxBodyBytes = 1000 }) { api in
            let connection = try await api.connect()
            try await connection.send(Self.head + "Content-Length: 1001\r\n\r\n")
            let reply = try await connection.reply()
            #expect(reply.status == 413)
            #expect(reply.body.contains(#""code":"PAYLOAD_TOO_LARGE""#))
            #expect(reply.headers["connection"] == "close")
            #expect(try await connection.isClosed(within: 30))
        }
    }

    @Test func `a body in chunks is read up to the limit and no further`() async throws {
        try await TestAPI.serve({ $0.maxBodyBytes = 1000 }) { api in
            let connection = try await api.connect()
            try await connection.send(Self.head + "Transfer-Encoding: chunked\r\n\r\n")
            let chunk = "100\r\n" + String(repeating: "x", count: 256) + "\r\n"
            for _ in 1...5 { try await connection.send(chunk) }
            // The end of the body never comes.
            #expect(try await connection.reply().status == 413)
            #expect(try await connection.isClosed(within: 30))
        }
    }

    @Test func `a body of exactly the limit is accepted, in chunks too`() async throws {
        let body = #"{"query":"{ hello }"}"#
        try await TestAPI.serve({ $0.maxBodyBytes = body.utf8.count }) { api in
            #expect(try await api.post(body).status == 200)
            let connection = try await api.connect()
            try await connection.send(Self.head + "Transfer-Encoding: chunked\r\n\r\n")
            for character in body { try await connection.send("1\r\n\(character)\r\n") }
            try await connection.send("0\r\n\r\n")
            #expect(try await connection.reply().status == 200)
        }
    }

    @Test func `a body that breaks off is not run`() async throws {
        try await TestAPI.serve { api in
            do {
                let connection = try await api.connect()
                let body = #"{"query":"mutation { change }"}"#
                try await connection.send(Self.head + "Transfer-Encoding: chunked\r\n\r\n")
                let length = String(body.utf8.count, radix: 16)
                try await connection.send("\(length)\r\n\(body)\r\n")
            }
            // The connection is gone; the server has had its time to make something of it.
            #expect(try await api.post(#"{"query":"{ slow(milliseconds: 200) }"}"#).status == 200)
            #expect(api.mutations.value == 0)
        }
    }

    @Test func `what is not HTTP is refused and the connection closed`() async throws {
        try await TestAPI.serve { api in
            let connection = try await api.connect()
            try await connection.send("nonsense\r\n\r\n")
            #expect(try await connection.reply().status == 400)
            #expect(try await connection.isClosed(within: 30))
        }
    }

    @Test func `a body that drips is given up`() async throws {
        try await TestAPI.serve({ $0.bodySeconds = 1 }) { api in
            let connection = try await api.connect()
            try await connection.send(Self.head + "Transfer-Encoding: chunked\r\n\r\n")
            let dripping = Task {
                for _ in 1...100 {
                    try await connection.send("1\r\n \r\n")
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            let reply = try await connection.reply()
            dripping.cancel()
            #expect(reply.status == 408)
            #expect(reply.body.contains(#""code":"REQUEST_TIMEOUT""#))
        }
    }

    @Test func `idle connections are closed`() async throws {
        try await TestAPI.serve({ $0.idleSeconds = 1 }) { api in
            let silent = try await api.connect()
            let dripping = try await api.connect()
            try await dripping.send(Self.head)
            #expect(try await silent.isClosed(within: 30))
            #expect(try await dripping.isClosed(within: 30))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a stop lets requests in flight finish, closes idle connections, and takes no new ones`()
        async throws
    {
        try await TestAPI.serve { api in
            let idle = try await api.connect()
            try await idle.send("GET", "/healthz")
            #expect(try await idle.reply().status == 200)
            let busy = try await api.connect()
            try await busy.send(
                "POST", "/graphql", headers: [("Content-Type", "application/json")],
                body: #"{"query":"{ slow(milliseconds: 1500) }"}"#)
            while api.slow.value == 0 { try await Task.sleep(for: .milliseconds(10)) }
            await api.stop()
            #expect(try await idle.isClosed(within: 30))
            // The listening socket is closed on another thread, perhaps a moment later.
            while (try? await api.connect()) != nil {}
            let reply = try await busy.reply()
            #expect(reply.status == 200)
            #expect(reply.body == #"{"data":{"slow":"done"}}"#)
            #expect(reply.headers["connection"] == "close")
            #expect(try await busy.isClosed(within: 30))
        }
    }

    @Test func `an address in use is told as such`() async throws {
        try await TestAPI.serve { api in
            let failure = await #expect(throws: ListenError.self) {
                try await TestAPI.serve({ $0.port = api.port }) { _ in }
            }
            #expect(failure?.isInUse == true)
            #expect(failure?.port == api.port)
        }
    }
}
