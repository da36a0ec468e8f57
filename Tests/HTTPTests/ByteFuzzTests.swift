import Foundation
import Logging
import Testing

@testable import HTTP

/// Bytes that are nearly requests, from a seed. `HAZINA_SEED=7` tries that one alone,
/// `HAZINA_SEEDS=500` so many of them; `scripts/fuzz-http` does the same to the whole server.
@Suite(.timeLimit(.minutes(10))) struct ByteFuzzTests {
    private static var seeds: [UInt64] {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["HAZINA_SEED"].flatMap({ UInt64($0) }) { return [seed] }
        return Array(1...(environment["HAZINA_SEEDS"].flatMap { UInt64($0) } ?? 8))
    }

    /// A generator that gives the same for the same seed (SplitMix64).
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
    }

    private static let bodies = [
        #"{"query":"{ hello }"}"#,
        #"{"query":"query($t: String!) { echo(text: $t) }","variables":{"t":"x"}}"#,
        #"[{"query":"{ hello }"}]"#, #"{"documentId":"sha256:00"}"#, "{ hello }", "",
    ]
    private static let tokens = [
        "\r\n", "\r\n\r\n", "\0", ":", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n",
        "Host: b\r\n", "Expect: 100-continue\r\n", "Content-Encoding: gzip\r\n", "0\r\n\r\n",
        "ffffffff\r\n", "{", "\"", "\\ud800", "\u{0}\u{1}", "💣", "HTTP/1.0", "OPTIONS ", "%00",
        "../",
        "Connection: close\r\n", "Upgrade: websocket\r\n", "x-api-key: a\r\n",
    ]

    private static func request(_ random: inout Seeded) -> [UInt8] {
        let body = bodies.randomElement(using: &random) ?? ""
        let path =
            ["/graphql", "/healthz", "/keys/x", "/graphql?query={hello}", "*", "/"]
            .randomElement(using: &random) ?? "/"
        let method = ["POST", "GET", "HEAD", "OPTIONS", "PUT"].randomElement(using: &random) ?? ""
        var bytes = Array(
            ("\(method) \(path) HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8)
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
            case 1 where place < bytes.count: bytes.remove(at: place)
            case 2 where place < bytes.count:
                bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
            case 3:
                bytes.insert(
                    contentsOf: (tokens.randomElement(using: &random) ?? "").utf8, at: place)
            default: bytes = Array(bytes.prefix(max(place, 1)))
            }
        }
        return bytes
    }

    @Test(arguments: seeds)
    func `whatever comes is answered or dropped, and the server goes on`(_ seed: UInt64)
        async throws
    {
        try await TestAPI.serve({ $0.idleSeconds = 1 }) { api in
            var random = Seeded(state: seed)
            for _ in 0..<60 {
                let bytes = Self.request(&random)
                let connection = try await api.connect()
                try? await connection.send(bytes)
                connection.finishSending()
                // What is cut off in the middle has no answer: the connection ends then.
                guard let reply = try? await connection.head() else { continue }
                let isFine =
                    (100..<500).contains(reply.status) || [501, 505].contains(reply.status)
                #expect(
                    isFine,
                    "seed \(seed): \(reply.status) to \(String(decoding: bytes, as: UTF8.self))")
                if reply.status != 100 {
                    #expect(reply.headers["x-content-type-options"] == "nosniff")
                }
            }
            #expect(try await api.request("GET", "/healthz").status == 200)
            #expect(api.log.entries.allSatisfy { $0.level < .error })
        }
    }
}
