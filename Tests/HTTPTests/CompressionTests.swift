import Testing

@testable import HTTP

@Suite struct CompressedRequestTests {
    private static let query = Array(#"{"query":"{ hello }"}"#.utf8)

    private func post(
        _ bytes: [UInt8], _ encoding: String, to api: TestAPI
    ) async throws -> HTTPConnection.Reply {
        let connection = try await api.connect()
        try await connection.send(
            "POST", "/graphql",
            headers: [("Content-Type", "application/json"), ("Content-Encoding", encoding)],
            bytes: bytes)
        return try await connection.reply()
    }

    @Test(arguments: ["gzip", "GZIP", "x-gzip", "identity, gzip", "deflate"])
    func `a compressed body is read`(encoding: String) async throws {
        let coding = encoding == "deflate" ? ContentCoding.deflate : .gzip
        let body = try #require(Deflater.compress(Self.query, coding))
        try await TestAPI.serve { api in
            let reply = try await post(body, encoding, to: api)
            #expect(reply.status == 200)
            #expect(reply.body == #"{"data":{"hello":"world"}}"#)
        }
    }

    @Test func `deflate without its header and gzip of several members are read`() async throws {
        let deflated = try #require(Deflater.compress(Self.query, .deflate))
        let gzipped = try [Self.query[..<9], Self.query[9...]].flatMap {
            try #require(Deflater.compress(Array($0), .gzip))
        }
        try await TestAPI.serve { api in
            let raw = Array(deflated.dropFirst(2).dropLast(4))
            for (bytes, encoding) in [(raw, "deflate"), (gzipped, "gzip")] {
                let reply = try await post(bytes, encoding, to: api)
                #expect(reply.status == 200)
            }
        }
    }

    @Test(arguments: ["br", "zstd", "gzip, gzip", "deflate, gzip", "nonsense"])
    func `another coding is refused with those that are taken`(encoding: String) async throws {
        try await TestAPI.serve { api in
            let reply = try await post(Self.query, encoding, to: api)
            #expect(reply.status == 415)
            #expect(reply.headers["accept-encoding"] == "gzip, deflate")
            #expect(reply.body.contains(#""code":"UNSUPPORTED_MEDIA_TYPE""#))
            #expect(try await post(Self.query, "identity", to: api).status == 200)
        }
    }

    @Test func `a body that is not what it says is refused and not run`() async throws {
        let body = try #require(
            Deflater.compress(Array(#"{"query":"mutation { change }"}"#.utf8), .gzip))
        var corrupt = body
        corrupt[body.count - 5] ^= 1
        try await TestAPI.serve { api in
            for bytes in [Self.query, [], [0x1f], Array(body.dropLast()), body + [7], corrupt] {
                let reply = try await post(bytes, "gzip", to: api)
                #expect(reply.status == 400)
                #expect(reply.body.contains(#""code":"BAD_REQUEST""#))
            }
            #expect(api.mutations.value == 0)
        }
    }

    @Test func `the limit counts what the body becomes`() async throws {
        func padded(_ size: Int, _ coding: ContentCoding) throws -> [UInt8] {
            let padding = [UInt8](repeating: 0x20, count: size - Self.query.count)
            return try #require(Deflater.compress(Self.query + padding, coding))
        }
        try await TestAPI.serve({ $0.maxBodyBytes = 100_000 }) { api in
            for coding in ContentCoding.allCases {
                let name = coding.rawValue
                let fine = try await post(padded(100_000, coding), name, to: api)
                #expect(fine.status == 200)
                let refused = try await post(padded(100_001, coding), name, to: api)
                #expect(refused.status == 413)
                #expect(refused.body.contains(#""code":"PAYLOAD_TOO_LARGE""#))
            }
        }
    }

    @Test func `a bomb is not decompressed beyond the limit`() throws {
        let bomb = try #require(
            Deflater.compress([UInt8](repeating: 0x20, count: 50_000_000), .gzip))
        let inflater = Inflater(.gzip, limit: 1_000_000)
        #expect(inflater.feed(bomb) == .tooLarge)
        #expect(inflater.output.count == 1_000_001)
    }

    @Test func `what is compressed comes out the same, however it is cut`() throws {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 / 7) ^ ($0 % 5 == 0 ? 9 : 0) }
        for coding in ContentCoding.allCases {
            var rest = try #require(Deflater.compress(bytes, coding))[...]
            let inflater = Inflater(coding, limit: bytes.count)
            while !rest.isEmpty {
                let count = Int.random(in: 1...50, using: &generator)
                #expect(inflater.feed(rest.prefix(count)) == .fine)
                rest = rest.dropFirst(count)
            }
            #expect(inflater.isComplete)
            #expect(inflater.output == bytes)
        }
    }
}

@Suite struct CompressedAnswerTests {
    private static let long = String(repeating: "All work and no play. ", count: 200)
    private static let query = #"{"query":"{ echo(text: \"\#(long)\") }"}"#
    private static let plain = #"{"data":{"echo":"\#(long)"}}"#

    private func inflated(
        _ reply: HTTPConnection.Reply, _ coding: ContentCoding
    ) -> String {
        let inflater = Inflater(coding, limit: 1_000_000)
        #expect(inflater.feed(reply.bytes) == .fine)
        #expect(inflater.isComplete)
        return String(decoding: inflater.output, as: UTF8.self)
    }

    @Test(
        arguments: [
            ("gzip", .gzip), ("deflate", .deflate), ("gzip, deflate, br", .gzip),
            ("gzip;q=0.5, deflate;q=0.8", .deflate), ("br, *;q=0.1", .gzip),
            ("gzip;q=0, *", .deflate), ("X-GZIP", .gzip),
        ] as [(String, ContentCoding)])
    func `a large answer is compressed as the client likes it`(
        accept: String, coding: ContentCoding
    ) async throws {
        try await TestAPI.serve { api in
            let reply = try await api.post(Self.query, headers: [("Accept-Encoding", accept)])
            #expect(reply.status == 200)
            #expect(reply.headers["content-encoding"] == coding.rawValue)
            #expect(reply.headers["vary"] == "Accept, Accept-Encoding")
            #expect(reply.bytes.count < 500)
            #expect(inflated(reply, coding) == Self.plain)
        }
    }

    @Test(arguments: [
        nil, "", "br", "identity", "gzip;q=0", "identity;q=1, gzip;q=0.5", "*;q=0, identity",
    ])
    func `an answer is left alone otherwise`(accept: String?) async throws {
        try await TestAPI.serve { api in
            let reply = try await api.post(
                Self.query, headers: accept.map { [("Accept-Encoding", $0)] } ?? [])
            #expect(reply.headers["content-encoding"] == nil)
            #expect(reply.headers["vary"] == "Accept, Accept-Encoding")
            #expect(reply.body == Self.plain)
        }
    }

    @Test func `small answers and those of mutations are left alone unless they must not be`()
        async throws
    {
        let mutation = #"{"query":"mutation { say(text: \"\#(Self.long)\") }"}"#
        try await TestAPI.serve { api in
            for body in [#"{"query":"{ hello }"}"#, mutation] {
                let gzip = [("Accept-Encoding", "gzip")]
                let plain = try await api.post(body, headers: gzip)
                #expect(plain.status == 200)
                #expect(plain.headers["content-encoding"] == nil)
                let forced = try await api.post(
                    body, headers: [("Accept-Encoding", "gzip, identity;q=0")])
                #expect(forced.headers["content-encoding"] == "gzip")
                #expect(inflated(forced, .gzip) == plain.body)
            }
        }
    }

    @Test(arguments: ["identity;q=0", "*;q=0", "br, *;q=0"])
    func `a client that takes nothing is refused, and nothing runs`(accept: String) async throws {
        try await TestAPI.serve { api in
            let reply = try await api.post(
                #"{"query":"mutation { change }"}"#, headers: [("Accept-Encoding", accept)])
            #expect(reply.status == 406)
            #expect(reply.body.contains(#""code":"NOT_ACCEPTABLE""#))
            #expect(api.mutations.value == 0)
        }
    }

    @Test func `compression can be turned off`() async throws {
        try await TestAPI.serve({ $0.compresses = false }) { api in
            let reply = try await api.post(
                Self.query, headers: [("Accept-Encoding", "gzip, identity;q=0")])
            #expect(reply.body == Self.plain)
        }
    }
}
