import Testing

@testable import HTTP

@Suite struct EventStreamTests {
    private static let sse = ("Accept", "text/event-stream")
    private static let json = ("Content-Type", "application/json")

    /// Sends an operation and reads the answer's head.
    private func open(
        _ query: String, on api: TestAPI, headers: [(String, String)] = []
    ) async throws -> (HTTPConnection, HTTPConnection.Reply) {
        let connection = try await api.connect()
        try await connection.send(
            "POST", "/graphql", headers: [Self.sse, Self.json] + headers,
            body: #"{"query":"\#(query)"}"#)
        return (connection, try await connection.head())
    }

    /// Opens a stream although the busy machine may let the short time that an idle connection has
    /// pass between connecting and asking.
    private func openInTime(_ query: String, on api: TestAPI) async throws -> HTTPConnection {
        for _ in 1...9 {
            if let (connection, head) = try? await open(query, on: api), head.status == 200 {
                return connection
            }
        }
        return try await open(query, on: api).0
    }

    /// The chunks up to the end.
    private func rest(of connection: HTTPConnection) async throws -> String {
        var text = ""
        while let chunk = try await connection.chunk() { text += chunk }
        return text
    }

    private static func next(_ json: String) -> String { "event: next\ndata: \(json)\n\n" }
    private static let complete = "event: complete\ndata: \n\n"

    private func wait(for condition: () -> Bool) async throws {
        for _ in 1...1000 where !condition() { try await Task.sleep(for: .milliseconds(10)) }
        #expect(condition())
    }

    @Test func `a subscription is answered with its events, by POST and by GET`() async throws {
        try await TestAPI.serve { api in
            let (posted, head) = try await open("subscription { n: ticks(count: 2) }", on: api)
            #expect(head.status == 200)
            #expect(head.headers["content-type"] == "text/event-stream; charset=utf-8")
            #expect(head.headers["cache-control"] == "no-store")
            #expect(head.headers["x-accel-buffering"] == "no")
            #expect(head.headers["content-length"] == nil)
            let expected =
                ":\n\n" + Self.next(#"{"data":{"n":1}}"#) + Self.next(#"{"data":{"n":2}}"#)
                + Self.complete
            #expect(try await rest(of: posted) == expected)
            // The connection goes on.
            try await posted.send(
                "GET", "/graphql?query=subscription%7Bn:ticks(count:2)%7D", headers: [Self.sse])
            #expect(try await posted.head().status == 200)
            #expect(try await rest(of: posted) == expected)
            #expect(api.log.requests.first?.fields["operation"] == "subscription")
            try await wait { api.log.entries.filter { $0.message == "stream ended" }.count == 2 }
        }
    }

    @Test func `an operation with one result can be answered as a stream`() async throws {
        try await TestAPI.serve { api in
            for (query, data) in [
                ("{ hello }", #"{"hello":"world"}"#),
                ("mutation { change }", #"{"change":"changed"}"#),
            ] {
                let reply = try await api.post(#"{"query":"\#(query)"}"#, headers: [Self.sse])
                #expect(reply.status == 200)
                #expect(reply.headers["content-type"] == "text/event-stream; charset=utf-8")
                #expect(reply.body == Self.next(#"{"data":\#(data)}"#) + Self.complete)
            }
            let get = try await api.request(
                "GET", "/graphql?query=mutation%7Bchange%7D", headers: [Self.sse])
            #expect(get.status == 405)
            #expect(api.mutations.value == 1)
        }
    }

    @Test(arguments: [
        ("application/json, text/event-stream", false),
        ("text/event-stream, application/json", true),
        ("text/event-stream;q=0.5, */*;q=0.4", true), ("*/*, text/event-stream;q=0.5", false),
    ])
    func `a client may take both`(accept: String, prefersEvents: Bool) async throws {
        try await TestAPI.serve { api in
            let reply = try await api.post(#"{"query":"{ hello }"}"#, headers: [("Accept", accept)])
            #expect(reply.status == 200)
            #expect(reply.body.hasPrefix("event: ") == prefersEvents)
            let connection = try await api.connect()
            try await connection.send(
                "POST", "/graphql", headers: [("Accept", accept), Self.json],
                body: #"{"query":"subscription { ticks(count: 1) }"}"#)
            let head = try await connection.head()
            #expect(head.headers["content-type"] == "text/event-stream; charset=utf-8")
        }
    }

    @Test(arguments: [
        nil, "*/*", "application/json", "application/graphql-response+json, */*", "text/*, */*",
        "text/event-stream;q=0, */*",
    ])
    func `a subscription needs a client that takes events`(accept: String?) async throws {
        try await TestAPI.serve({ $0.maxBatch = 2 }) { api in
            let query = #"{"query":"subscription { ticks(count: 1) }"}"#
            let headers = accept.map { [("Accept", $0)] } ?? []
            let reply = try await api.post(query, headers: headers)
            #expect(reply.status == 406)
            #expect(reply.body.contains("Accept: text/event-stream"))
            let batch = try await api.post("[\(query)]", headers: headers)
            #expect(batch.body.contains("Send a subscription by itself"))
            #expect(api.events.opened.value == 0)
        }
    }

    @Test(arguments: [
        ("{", 400, "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", 400, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { ticks(count: 1) silence }", 400, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { forbidden }", 403, "FORBIDDEN"),
    ])
    func `what fails before the stream is an ordinary answer`(
        query: String, status: Int, code: String
    ) async throws {
        try await TestAPI.serve { api in
            let reply = try await api.post(#"{"query":"\#(query)"}"#, headers: [Self.sse])
            #expect(reply.status == status)
            #expect(reply.headers["content-type"] == "application/json; charset=utf-8")
            #expect(reply.body.contains(#""code":"\#(code)""#))
        }
    }

    @Test func `a source that fails ends the stream with its error`() async throws {
        try await TestAPI.serve { api in
            let (connection, _) = try await open("subscription { failing }", on: api)
            let text = try await rest(of: connection)
            #expect(text.contains(Self.next(#"{"data":{"failing":1}}"#)))
            #expect(text.contains(#""message":"gone""#))
            #expect(text.hasSuffix(Self.complete))
        }
    }

    @Test func `a silent stream shows signs of life`() async throws {
        try await TestAPI.serve {
            $0.streamKeepAlive = .milliseconds(50)
            $0.idleSeconds = 1
        } _: { api in
            let connection = try await openInTime("subscription { silence }", on: api)
            // For longer than an idle connection would live.
            for _ in 1...30 { #expect(try await connection.chunk() == ":\n\n") }
        }
    }

    @Test func `a client that goes stops the source at once`() async throws {
        try await TestAPI.serve { api in
            var connection: HTTPConnection? = try await open(
                "subscription { silence }", on: api
            ).0
            _ = try await connection?.chunk()
            #expect(api.events.ended.value == 0)
            connection = nil
            try await wait { api.events.ended.value == 1 }
            try await wait {
                api.log.entries.contains { $0.fields["reason"] == "client gone" }
            }
        }
    }

    @Test func `a stop of the server completes the streams`() async throws {
        try await TestAPI.serve { api in
            let (connection, _) = try await open("subscription { silence }", on: api)
            _ = try await connection.chunk()
            await api.stop()
            #expect(try await rest(of: connection) == Self.complete)
            #expect(try await connection.isClosed(within: 30))
            #expect(api.events.ended.value == 1)
        }
    }

    @Test func `there are limits to the streams of a tenant and of all`() async throws {
        try await TestAPI.serve {
            $0.maxStreams = 3
            $0.maxStreamsPerTenant = 2
        } _: { api in
            let query = "subscription { silence }"
            let key = [("x-api-key", TestAPI.goodKey)]
            var first: HTTPConnection? = try await open(query, on: api, headers: key).0
            let (second, _) = try await open(query, on: api, headers: key)
            let (refused, head) = try await open(query, on: api, headers: key)
            #expect(head.status == 429)
            #expect(head.headers["retry-after"] == "5")
            let (third, other) = try await open(query, on: api)
            #expect(other.status == 200)
            let (full, fullHead) = try await open(query, on: api)
            #expect(fullHead.status == 503)
            #expect(api.events.opened.value == 3)
            _ = first
            first = nil
            try await wait { api.events.ended.value == 1 }
            var status = 429
            for _ in 1...100 where status != 200 {
                status = try await open(query, on: api, headers: key).1.status
            }
            #expect(status == 200)
            withExtendedLifetime([second, refused, third, full]) {}
        }
    }

    @Test(arguments: [true, false])
    func `a stream ends when its key is revoked`(whileSilent: Bool) async throws {
        try await TestAPI.serve {
            $0.streamKeepAlive = whileSilent ? .milliseconds(50) : .seconds(60)
        } _: { api in
            let query =
                whileSilent ? "subscription { silence }" : "subscription { flood(bytes: 9) }"
            let (connection, head) = try await open(
                query, on: api, headers: [("x-api-key", TestAPI.revocableKey)])
            #expect(head.status == 200)
            for _ in 1...3 { _ = try await connection.chunk() }
            api.events.revocations.increment()
            let text = try await rest(of: connection)
            #expect(text.contains(#""code":"UNAUTHENTICATED""#))
            #expect(text.hasSuffix(Self.complete))
        }
    }

    @Test func `a client that takes nothing holds up the source and is cut off`() async throws {
        try await TestAPI.serve({ $0.stallSeconds = 1 }) { api in
            let (connection, head) = try await open(
                "subscription { flood(bytes: 100000) }", on: api)
            #expect(head.status == 200)
            try await wait { api.log.entries.contains { $0.message == "stream ended" } }
            // What the system's socket buffers took, and little more.
            #expect(api.events.asked.value < 200)
            withExtendedLifetime(connection) {}
        }
    }
}
