import App
import Foundation
import TestSupport
import Testing

@Suite struct PeerUpdateTests {
    private static let update = """
        mutation($input: UpdatePeerInput!) {
          updatePeer(input: $input) { code success message peer { \(PeerTests.fields) } }
        }
        """

    private func withPeer(
        tokens: [String] = ["first", "second"],
        _ body: (GraphQLTester, Credentials, JSON) async throws -> Void
    ) async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let peer = try await tester.mutate(
                PeerTests.create, PeerTests.input(["maxPacketAmount": 100], tokens: tokens),
                as: tenant.credentials
            ).peer
            try await body(tester, tenant.credentials, peer)
        }
    }

    private func update(
        _ tester: GraphQLTester, _ id: JSON, _ changes: [String: JSON], as caller: Credentials
    ) async throws -> JSON {
        try await tester.send(
            Self.update, ["input": .object(changes.merging(["id": id]) { $1 })], as: caller
        ).data.updatePeer
    }

    private func http(
        _ token: String = "new", _ endpoint: String = "https://new.example", tokens: JSON? = nil
    ) -> [String: JSON] {
        var http: [String: JSON] = [
            "outgoing": ["authToken": .string(token), "endpoint": .string(endpoint)]
        ]
        if let tokens { http["incoming"] = tokens.isNull ? .null : ["authTokens": tokens] }
        return ["http": .object(http)]
    }

    private func expectTaken(
        _ token: String, _ isTaken: Bool, _ tester: GraphQLTester, _ caller: Credentials
    ) async throws {
        let answer = try await tester.send(
            PeerTests.create, PeerTests.input(tokens: [token]), as: caller)
        #expect(answer.data.createPeer.code == (isTaken ? "409" : "200"), "\(token)")
    }

    @Test func `what is named changes and the rest stays`() async throws {
        try await withPeer { tester, caller, peer in
            let nothing = try await update(tester, peer.id, [:], as: caller)
            #expect(nothing.code == "200")
            #expect(nothing.message == "Updated ILP Peer")
            #expect(nothing.peer == peer)
            let address = try await update(
                tester, peer.id, ["staticIlpAddress": "g.new.address"], as: caller)
            #expect(address.peer.staticIlpAddress == "g.new.address")
            #expect(address.peer.maxPacketAmount == "100")
            #expect(address.peer.http == peer.http)
            let packet = try await update(
                tester, peer.id, ["maxPacketAmount": "18446744073709551615"], as: caller)
            #expect(packet.peer.maxPacketAmount == "18446744073709551615")
            #expect(packet.peer.staticIlpAddress == "g.new.address")
            let http = try await update(tester, peer.id, http(), as: caller)
            #expect(http.peer.http.outgoing.authToken == "new")
            #expect(http.peer.http.outgoing.endpoint == "https://new.example")
            let read = try await tester.send(PeerTests.read, ["id": peer.id], as: caller)
            #expect(read.data.peer == http.peer)
            #expect(http.peer.asset == peer.asset)
            #expect(http.peer.createdAt == peer.createdAt)
        }
    }

    @Test func `null removes the largest packet and leaves everything else`() async throws {
        try await withPeer { tester, caller, peer in
            let answer = try await update(
                tester, peer.id, ["maxPacketAmount": nil, "staticIlpAddress": nil, "http": nil],
                as: caller)
            #expect(answer.code == "200")
            #expect(answer.peer.maxPacketAmount.isNull)
            #expect(answer.peer.staticIlpAddress == peer.staticIlpAddress)
            #expect(answer.peer.http == peer.http)
        }
    }

    @Test func `what cannot be is refused and nothing changes`() async throws {
        try await withPeer { tester, caller, peer in
            let cases: [([String: JSON], String)] = [
                (["staticIlpAddress": ""], "Invalid ILP address"),
                (["staticIlpAddress": "nowhere", "maxPacketAmount": 7], "Invalid ILP address"),
                (
                    ["maxPacketAmount": 0],
                    "maxPacketAmount must be 1 or more, or null for no limit"
                ),
                (http(""), "http.outgoing.authToken must have 1 to 255 characters"),
                (
                    http("t", "peer.example"),
                    "http.outgoing.endpoint must be a URL such as https://peer.example/ilp"
                ),
                (http(tokens: [""]), "http.incoming.authTokens must have 1 to 255 characters"),
            ]
            for (changes, message) in cases {
                let answer = try await update(tester, peer.id, changes, as: caller)
                #expect(answer.code == "400")
                #expect(answer.message.text == message)
                #expect(answer.peer.isNull)
            }
            let read = try await tester.send(PeerTests.read, ["id": peer.id], as: caller)
            #expect(read.data.peer == peer)
        }
    }

    @Test func `incoming tokens are replaced as a whole, its own again among them`() async throws {
        try await withPeer { tester, caller, peer in
            let again = try await update(
                tester, peer.id, http(tokens: ["second", "third"]), as: caller)
            #expect(again.code == "200")
            try await expectTaken("second", true, tester, caller)
            try await expectTaken("third", true, tester, caller)
            try await expectTaken("first", false, tester, caller)
        }
    }

    @Test func `incoming tokens stay unless they are given, and an empty list removes them`()
        async throws
    {
        try await withPeer { tester, caller, peer in
            for tokens in [nil, JSON.null] as [JSON?] {
                let answer = try await update(tester, peer.id, http(tokens: tokens), as: caller)
                #expect(answer.code == "200")
                try await expectTaken("first", true, tester, caller)
            }
            let answer = try await update(tester, peer.id, http(tokens: []), as: caller)
            #expect(answer.code == "200")
            try await expectTaken("first", false, tester, caller)
            try await expectTaken("second", false, tester, caller)
        }
    }

    @Test func `a token in use is refused and everything stays`() async throws {
        try await withPeer { tester, caller, peer in
            let other = try await tester.makeTenant()
            _ = try await tester.makePeer(tokens: ["theirs"], as: other.credentials)
            for tokens in [["mine", "theirs"], ["twice", "twice"]] as [JSON] {
                let answer = try await update(
                    tester, peer.id,
                    http(tokens: tokens).merging(["maxPacketAmount": 7]) { $1 }, as: caller)
                #expect(answer.code == "409")
                #expect(answer.message == "Incoming token already exists")
                #expect(answer.peer.isNull)
            }
            let read = try await tester.send(PeerTests.read, ["id": peer.id], as: caller)
            #expect(read.data.peer == peer)
            try await expectTaken("first", true, tester, caller)
            try await expectTaken("mine", false, tester, caller)
        }
    }

    @Test func `an unknown peer is unknown, with and without tokens`() async throws {
        try await withPeer { tester, caller, peer in
            let stranger = try await tester.makeTenant()
            let cases: [(JSON, Credentials)] = [
                (peer.id, stranger.credentials), ("no uuid", caller),
                (.string(UUID().uuidString), caller),
            ]
            for (id, caller) in cases {
                for changes in [[:], http(tokens: ["first"]), http(tokens: ["unused"])] {
                    let answer = try await update(tester, id, changes, as: caller)
                    #expect(answer.code == "404")
                    #expect(answer.message == "Unknown peer")
                }
            }
        }
    }

    @Test func `two peers that race for each other's tokens both keep what they had`() async throws
    {
        try await withPeer(tokens: ["left"]) { tester, caller, first in
            let second = try await tester.makePeer(tokens: ["right"], as: caller)
            for _ in 0..<10 {
                try await withThrowingTaskGroup(of: String?.self) { group in
                    for (id, token) in [(first.id, "right"), (.string(second), "left")] {
                        group.addTask {
                            try await update(
                                tester, id, http(tokens: [.string(token)]), as: caller
                            ).code.text
                        }
                    }
                    for try await code in group { #expect(code == "200" || code == "409") }
                }
            }
            try await expectTaken("left", true, tester, caller)
            try await expectTaken("right", true, tester, caller)
        }
    }
}
