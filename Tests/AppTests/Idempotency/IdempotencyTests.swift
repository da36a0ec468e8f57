import App
import Foundation
import GraphQL
import Postgres
import TestSupport
import Testing

@Suite struct IdempotencyTests {
    private static let createAsset = """
        mutation($code: String!) {
          createAsset(input: {code: $code, scale: 2}) {
            code success message asset { id code liquidity transfers { edges { cursor } } } } }
        """

    private func count(_ tester: GraphQLTester, as tenant: GraphQLTester.TestTenant) async throws
        -> Int
    {
        try await tester.send("{ assets { edges { cursor } } }", as: tenant.credentials)
            .data.assets.edges.items.count
    }

    @Test func `the same request under the same key is answered again, not done again`()
        async throws
    {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let send = { (code: JSON) in
                try await tester.send(
                    Self.createAsset, ["code": code], under: "key-1", as: tenant.credentials)
            }
            let first = try await send("EUR")
            #expect(!first.isReplay)
            #expect(first.answer.data.createAsset.code == "200")
            #expect(first.answer.data.createAsset.asset.liquidity == "0")
            let second = try await send("EUR")
            #expect(second.isReplay)
            #expect(second.answer == first.answer)
            let other = try await send("USD")
            #expect(!other.isReplay)
            #expect(other.answer.data.createAsset.code == "422")
            #expect(other.answer.data.createAsset.success == false)
            #expect(other.answer.data.createAsset.asset.isNull)
            #expect(try await count(tester, as: tenant) == 1)
        }
    }

    @Test func `a refusal is an answer too, and leaves nothing of its work`() async throws {
        try await LiquidityTests.withBooks { books in
            let deposit = { (amount: String, id: String) in
                try await books.tester.send(
                    """
                    mutation { addPeerLiquidity(input: {peerId: "\(books.peer)",
                      amount: "\(amount)", id: "\(id)"}) { code error } }
                    """, under: "deposit of \(amount)".replacing(" ", with: "-"),
                    as: books.tenant.credentials)
            }
            let id = UUID().uuidString
            let refused = try await deposit("0", id)
            #expect(refused.answer.data.addPeerLiquidity.error == "AmountZero")
            #expect(try await deposit("0", id).isReplay)
            for _ in 0..<2 {
                let done = try await deposit("7", id)
                #expect(done.answer.data.addPeerLiquidity.code == "200")
            }
            #expect(try await books.liquidity()[1] == "7")
        }
    }

    @Test func `many at once under one key are done once, also with one connection`()
        async throws
    {
        for poolSize in [1, 4] {
            try await GraphQLTester.with(poolSize: poolSize) { tester in
                let tenant = try await tester.makeTenant()
                let answers = try await withThrowingTaskGroup(of: JSON.self) { group in
                    for _ in 0..<20 {
                        group.addTask {
                            try await tester.send(
                                Self.createAsset, ["code": "EUR"], under: "one",
                                as: tenant.credentials
                            ).answer
                        }
                    }
                    var answers: [JSON] = []
                    for try await answer in group { answers.append(answer) }
                    return answers
                }
                #expect(answers.count == 20)
                #expect(answers.allSatisfy { $0 == answers[0] })
                #expect(answers[0].data.createAsset.code == "200")
                #expect(try await count(tester, as: tenant) == 1)
            }
        }
    }

    @Test func `a key is its tenant's own, and its caller's`() async throws {
        try await GraphQLTester.with { tester in
            let (first, second) = (try await tester.makeTenant(), try await tester.makeTenant())
            for tenant in [first, second] {
                let answer = try await tester.send(
                    Self.createAsset, ["code": "EUR"], under: "shared", as: tenant.credentials)
                #expect(!answer.isReplay)
                #expect(answer.answer.data.createAsset.code == "200")
            }
            let operators = try await tester.send(
                Self.createAsset, ["code": "EUR"], under: "shared", as: .operator(in: first.id))
            #expect(!operators.isReplay)
            #expect(operators.answer.data.createAsset.code == "422")
        }
    }

    @Test func `answers to those who may not are not kept`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let pointer = try await tester.makePaymentPointer(as: tenant.credentials)
            let session = try await tester.makeSession(pointer, as: tenant.credentials)
            for (credentials, code) in [(Credentials.session(session), "403"), (.nobody, "401")] {
                for _ in 0..<2 {
                    let answer = try await tester.send(
                        Self.createAsset, ["code": "EUR"], under: "early", as: credentials)
                    #expect(!answer.isReplay)
                    #expect(answer.answer.data.createAsset.code.text == code)
                }
            }
            let later = try await tester.send(
                Self.createAsset, ["code": "EUR"], under: "early", as: tenant.credentials)
            #expect(later.answer.data.createAsset.code == "200")
        }
    }

    @Test func `work and answer are lost together`() async throws {
        try await TestDatabase.with { database in
            try await GraphQLTester.with(database) { tester in
                let tenant = try await tester.makeTenant()
                // The answer cannot be stored.
                try await TestDatabase.admin(database.adminURL) { connection in
                    try await connection.execute(
                        script: """
                            alter table hazina.idempotency_keys
                                add constraint broken check (answer is null)
                            """)
                }
                let failed = try await tester.send(
                    Self.createAsset, ["code": "EUR"], under: "k", as: tenant.credentials)
                #expect(failed.answer.data.createAsset.code == "500")
                #expect(try await count(tester, as: tenant) == 0)
                try await TestDatabase.admin(database.adminURL) { connection in
                    try await connection.execute(
                        script: "alter table hazina.idempotency_keys drop constraint broken")
                }
                let again = try await tester.send(
                    Self.createAsset, ["code": "EUR"], under: "k", as: tenant.credentials)
                #expect(again.answer.data.createAsset.code == "200")
                #expect(try await count(tester, as: tenant) == 1)
            }
        }
    }

    @Test func `a key lasts a day`() async throws {
        try await TestDatabase.with { database in
            try await GraphQLTester.with(database) { tester in
                let tenant = try await tester.makeTenant()
                let send = { (code: JSON) in
                    try await tester.send(
                        Self.createAsset, ["code": code], under: "k", as: tenant.credentials)
                }
                _ = try await send("EUR")
                let age = { (hours: Int) in
                    try await TestDatabase.admin(database.adminURL) { connection in
                        try await connection.execute(
                            script: """
                                update hazina.idempotency_keys
                                set created_at = now() - interval '\(hours) hours'
                                """)
                    }
                }
                try await age(23)
                #expect(try await send("EUR").isReplay)
                try await age(25)
                let renewed = try await send("USD")
                #expect(renewed.answer.data.createAsset.code == "200")
                #expect(try await send("USD").isReplay)
            }
        }
    }

    @Test(arguments: [
        "{ whoami { role } }",
        """
        mutation {
          a: revokeSession(input: {key: "x"}) { code }
          b: revokeSession(input: {key: "x"}) { code }
        }
        """,
        "mutation { createTenant(input: {name: \"x\"}) { code } }",
        "mutation { createApiKey(input: {paymentPointerId: \"x\"}) { code } }",
        "mutation { redeemApiKey(input: {key: \"x\", paymentPointerId: \"x\"}) { code } }",
        "mutation { refreshSession(input: {key: \"x\"}) { code } }",
        "mutation { rotateTenantKey(input: {}) { code } }",
    ])
    func `only one mutation, and none that shows a secret, may have a key`(_ document: String)
        async throws
    {
        try await GraphQLTester.with { tester in
            let request = try Request(
                json: JSON.object(["query": .string(document)]).bytes)
            let operation = try tester.app.engine.prepare(request, allowIntrospection: true).get()
            #expect(IdempotencyKey.refusal(of: operation, in: tester.app.engine.schema) != nil)
        }
    }

    @Test(arguments: ["", " ", "a b", "é", "a\u{7f}", String(repeating: "k", count: 256)])
    func `a key is visible ASCII of up to 255 characters`(_ text: String) {
        #expect(throws: InvalidInput.self) { try IdempotencyKey(text) }
    }
}
