import App
import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct PeerTests {
    static let fields = """
        id maxPacketAmount staticIlpAddress createdAt asset { id code scale }
        http { outgoing { authToken endpoint } }
        """
    static let create = """
        mutation($input: CreatePeerInput!) {
          createPeer(input: $input) { code success message peer { \(fields) } }
        }
        """
    static let read = "query($id: String!) { peer(id: $id) { \(fields) } }"

    /// A good input, with what `changes` say.
    static func input(_ changes: [String: JSON] = [:], tokens: [String]? = nil) -> [String: JSON] {
        var http: [String: JSON] = [
            "outgoing": ["authToken": "to-the-peer", "endpoint": "https://peer.example/ilp"]
        ]
        if let tokens {
            http["incoming"] = ["authTokens": .list(tokens.map { .string($0) })]
        }
        let input: [String: JSON] = [
            "staticIlpAddress": "test.peer", "asset": ["code": "USD", "scale": 2],
            "http": .object(http),
        ]
        return ["input": .object(input.merging(changes) { $1 })]
    }

    private static func outgoing(_ token: String, _ endpoint: String) -> [String: JSON] {
        [
            "http": [
                "outgoing": ["authToken": .string(token), "endpoint": .string(endpoint)]
            ]
        ]
    }

    @Test func `a peer is made with its asset if it is missing, and read again`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let answer = try await tester.send(
                Self.create,
                Self.input(["maxPacketAmount": "18446744073709551615"], tokens: ["a", "b"]),
                as: tenant.credentials
            ).data.createPeer
            #expect(answer.code == "200")
            #expect(answer.success == true)
            #expect(answer.message == "Created ILP Peer")
            let peer = answer.peer
            #expect(peer.maxPacketAmount == "18446744073709551615")
            #expect(peer.staticIlpAddress == "test.peer")
            #expect(peer.asset.code == "USD")
            #expect(
                peer.http == [
                    "outgoing": [
                        "authToken": "to-the-peer", "endpoint": "https://peer.example/ilp",
                    ]
                ])
            let createdAt = try peer.createdAt.required()
            #expect(createdAt.contains(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/))
            let second = try await tester.mutate(Self.create, Self.input(), as: tenant.credentials)
            #expect(second.peer.asset.id == peer.asset.id, "addresses need not be unique")
            #expect(second.peer.maxPacketAmount.isNull)
            let read = try await tester.send(Self.read, ["id": peer.id], as: tenant.credentials)
            #expect(read.data.peer == peer)
        }
    }

    @Test func `a peer has a liquidity account of its own`() async throws {
        try await TestDatabase.with { database in
            try await GraphQLTester.with(database) { tester in
                let tenant = try await tester.makeTenant()
                let peer = try await tester.mutate(
                    Self.create, Self.input(), as: tenant.credentials
                ).peer
                let id = try peer.id.required()
                try await TestDatabase.admin(database.adminURL) { connection in
                    let accounts = try await connection.query(
                        """
                        select kind, asset_id::text as asset, tenant_id::text as tenant
                        from hazina.ledger_accounts where id::text = \(id)
                        """)
                    #expect(accounts.count == 1)
                    let account = try #require(accounts.first)
                    #expect(try account.decode("kind", as: String.self) == "peer")
                    #expect(try account.decode("asset", as: String.self) == peer.asset.id.text)
                    #expect(try account.decode("tenant", as: String.self) == tenant.id)
                }
            }
        }
    }

    @Test func `an invalid address is refused before anything else`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            for address in ["", "test", "test.hello!", "foo.bar"] {
                let answer = try await tester.send(
                    Self.create,
                    Self.input(
                        [
                            "staticIlpAddress": .string(address), "maxPacketAmount": 0,
                            "asset": ["code": "", "scale": -1],
                        ], tokens: [""]), as: tenant.credentials
                ).data.createPeer
                #expect(answer.code == "400")
                #expect(answer.success == false)
                #expect(answer.message == "Invalid ILP address")
                #expect(answer.peer.isNull)
            }
        }
    }

    static let long = String(repeating: "x", count: 256)

    @Test(
        arguments: [
            (["maxPacketAmount": 0], "maxPacketAmount must be 1 or more, or null for no limit"),
            (
                outgoing("", "https://peer.example"),
                "http.outgoing.authToken must have 1 to 255 characters"
            ),
            (outgoing("  ", "https://peer.example"), "http.outgoing.authToken must not be blank"),
            (
                outgoing(long, "https://peer.example"),
                "http.outgoing.authToken must have 1 to 255 characters"
            ),
            (
                outgoing("a\nb", "https://peer.example"),
                "http.outgoing.authToken must not hold control characters"
            ),
            (outgoing("t", ""), "http.outgoing.endpoint must have 1 to 255 characters"),
            (
                outgoing("t", "https://peer.example/" + long),
                "http.outgoing.endpoint must have 1 to 255 characters"
            ),
            (["asset": ["code": "USD", "scale": 256]], "Invalid asset scale: use 0 to 255"),
            (
                ["asset": ["code": "", "scale": 2]],
                "Invalid asset code: use 1 to 255 printable characters without spaces"
            ),
        ] as [([String: JSON], String)])
    func `what a field cannot take is refused by name`(
        _ changes: [String: JSON], _ message: String
    ) async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let answer = try await tester.send(
                Self.create, Self.input(changes), as: tenant.credentials
            ).data.createPeer
            #expect(answer.code == "400")
            #expect(answer.message.text == message)
            let assets = try await tester.send(
                "{ assets { edges { cursor } } }", as: tenant.credentials)
            #expect(assets.data.assets.edges == [])
        }
    }

    @Test(arguments: [
        "peer.example", "ftp://peer.example", "https://", "http:///ilp", "//peer.example",
        "https://peer example/", "https://peer.example:99999", "https://peer.example:0",
        "javascript:alert(1)", "https:peer.example", "https://peer.example\\@other.example",
    ])
    func `an endpoint that is no http URL is refused`(_ endpoint: String) async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let answer = try await tester.send(
                Self.create, Self.input(Self.outgoing("t", endpoint)), as: tenant.credentials
            ).data.createPeer
            #expect(answer.code == "400")
            #expect(
                answer.message
                    == "http.outgoing.endpoint must be a URL such as https://peer.example/ilp")
        }
    }

    @Test(arguments: [
        "http://peer.example", "https://peer.example:8443/ilp?x=1", "HTTPS://127.0.0.1/ilp",
        "http://[::1]:7768/", "http://peer-1:3002",
    ])
    func `an http or https endpoint is taken as it is`(_ endpoint: String) async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let peer = try await tester.mutate(
                Self.create, Self.input(Self.outgoing("t", endpoint)), as: tenant.credentials
            ).peer
            #expect(peer.http.outgoing.endpoint.text == endpoint)
        }
    }

    @Test func `an unknown peer and another tenant's look the same`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let other = try await tester.makeTenant()
            let foreign = try await tester.makePeer(as: other.credentials)
            for id in [foreign, UUID().uuidString, "no uuid", ""] {
                let answer = try await tester.send(
                    Self.read, ["id": .string(id)], as: tenant.credentials)
                #expect(answer.data.peer.isNull)
                #expect(answer.errors[0].message == "No peer")
                #expect(answer.errors[0].extensions.code == "NOT_FOUND")
            }
        }
    }

    @Test func `a packet goes to the peer with the longest address before its own`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let other = try await tester.makeTenant()
            var ids: [String: String] = [:]
            for address in ["g.bank", "g.bank.branch", "g.bank_", "g.bank.b", "g.BANK"] {
                ids[address] = try await tester.makePeer(address, as: tenant.credentials)
            }
            _ = try await tester.makePeer("g.bank", as: tenant.credentials)
            _ = try await tester.makePeer("g.bank.branch.desk", as: other.credentials)
            let cases = [
                ("g.bank.branch.desk.1", "g.bank.branch"), ("g.bank.branch", "g.bank.branch"),
                ("g.bank.branches", "g.bank"), ("g.bank", "g.bank"), ("g.banks", nil),
                ("g.bankX.a", nil), ("g.bank_.a", "g.bank_"), ("g.x", nil), ("test.bank", nil),
            ]
            for (address, expected) in cases {
                let answer = try await tester.send(
                    "query($a: String!) { peerByDestination(ilpAddress: $a) { id } }",
                    ["a": .string(address)], as: tenant.credentials)
                #expect(
                    answer.data.peerByDestination.id.text == expected.flatMap { ids[$0] },
                    "\(address)")
                if expected == nil { #expect(answer.errors[0].message == "No peer") }
            }
            let invalid = try await tester.send(
                "{ peerByDestination(ilpAddress: \"g.\") { id } }", as: tenant.credentials)
            #expect(invalid.errors[0].message == "Invalid ILP address")
        }
    }
}
