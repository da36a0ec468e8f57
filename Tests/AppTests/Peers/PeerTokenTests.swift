import App
import Foundation
import Postgres
import TestSupport
import Testing

/// Incoming tokens: one of them says which peer of which tenant is calling.
@Suite struct PeerTokenTests {
    private func create(
        _ tester: GraphQLTester, _ tokens: [String], code: String = "USD",
        as tenant: GraphQLTester.TestTenant
    ) async throws -> JSON {
        try await tester.send(
            PeerTests.create,
            PeerTests.input(["asset": ["code": .string(code), "scale": 2]], tokens: tokens),
            as: tenant.credentials
        ).data.createPeer
    }

    private func isTaken(_ answer: JSON) -> Bool {
        answer.code == "409" && answer.message == "Incoming token already exists"
            && answer.success == false
    }

    @Test func `a token is taken once, over all tenants, and nothing is left of a refused peer`()
        async throws
    {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let other = try await tester.makeTenant()
            #expect(try await create(tester, ["one", "two"], as: tenant).code == "200")
            for caller in [tenant, other] {
                let answer = try await create(tester, ["new", "two"], code: "NEW", as: caller)
                #expect(isTaken(answer))
                #expect(answer.peer.isNull)
            }
            let left = try await tester.send(
                "{ assets { edges { cursor } } peers { edges { cursor } } }",
                as: other.credentials)
            #expect(left.data.assets.edges == [], "the asset went with the peer")
            #expect(left.data.peers.edges == [])
            #expect(try await create(tester, ["new"], as: other).code == "200")
        }
    }

    @Test func `tokens are told apart exactly`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let tokens = ["token", "Token", "token ", "caf\u{E9}", "cafe\u{301}"]
            #expect(try await create(tester, tokens, as: tenant).code == "200")
            let answer = try await create(tester, ["caf\u{E9}"], as: tenant)
            #expect(isTaken(answer))
        }
    }

    @Test func `a token twice in one list is refused`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let answer = try await create(tester, ["twice", "x", "twice"], as: tenant)
            #expect(isTaken(answer))
        }
    }

    @Test(arguments: [
        ([""], "http.incoming.authTokens must have 1 to 255 characters"),
        (["good", " "], "http.incoming.authTokens must not be blank"),
        (
            [String(repeating: "x", count: 256)],
            "http.incoming.authTokens must have 1 to 255 characters"
        ),
        (["a\u{0}"], "http.incoming.authTokens must not hold control characters"),
        (
            (0...1000).map(String.init),
            "http.incoming.authTokens must have at most 1000 tokens"
        ),
    ])
    func `a token that cannot be is refused`(_ tokens: [String], _ message: String) async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let answer = try await create(tester, tokens, as: tenant)
            #expect(answer.code == "400")
            #expect(answer.message.text == message)
        }
    }

    @Test func `a thousand tokens of full length are one peer's`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let tokens = (1000..<2000).map { "\($0)" + String(repeating: "x", count: 251) }
            #expect(try await create(tester, tokens, as: tenant).code == "200")
        }
    }

    @Test func `of many who race for a token one gets it`() async throws {
        try await TestDatabase.with { database in
            try await GraphQLTester.with(database) { first in
                try await GraphQLTester.with(database) { second in
                    let tenants = [try await first.makeTenant(), try await first.makeTenant()]
                    let answers = try await withThrowingTaskGroup(of: JSON.self) { group in
                        for number in 0..<16 {
                            group.addTask {
                                let tokens = ["a", "b", "mine \(number)"]
                                return try await create(
                                    number % 2 == 0 ? first : second,
                                    number % 3 == 0 ? tokens : tokens.reversed(),
                                    as: tenants[number / 2 % 2])
                            }
                        }
                        return try await group.reduce(into: [JSON]()) { $0.append($1) }
                    }
                    #expect(answers.filter { $0.code == "200" }.count == 1)
                    #expect(answers.filter(isTaken).count == 15)
                }
            }
        }
    }

    @Test func `only hashes of tokens are kept`() async throws {
        try await TestDatabase.with { database in
            try await GraphQLTester.with(database) { tester in
                let tenant = try await tester.makeTenant()
                _ = try await create(tester, ["a secret token"], as: tenant)
                try await TestDatabase.admin(database.adminURL) { connection in
                    for table in ["peer_incoming_tokens", "peer_token_directory"] {
                        let rows = try await connection.query(
                            """
                            select token_hash = sha256('a secret token') as is_hash
                            from hazina.\(unescaped: table)
                            """)
                        #expect(rows.count == 1)
                        #expect(try #require(rows.first).decode("is_hash", as: Bool.self))
                    }
                }
            }
        }
    }
}
