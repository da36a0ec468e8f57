import App
import Foundation
import TestSupport
import Testing

/// Keys that may be used for some things alone.
@Suite struct RestrictedKeyTests {
    private static let createKey = """
        mutation($input: CreateTenantKeyInput!) {
          createTenantKey(input: $input) {
            code message apiKey tenantKey { id prefix readOnly fields expiresAt }
          }
        }
        """

    private func key(
        _ tester: GraphQLTester, _ input: JSON, as credentials: Credentials
    ) async throws -> Credentials {
        let made = try await tester.mutate(Self.createKey, ["input": input], as: credentials)
        return .tenant(try made.apiKey.required())
    }

    private func attempt(
        _ tester: GraphQLTester, _ input: JSON, as credentials: Credentials
    ) async throws -> JSON {
        try await tester.send(Self.createKey, ["input": input], as: credentials)
            .data.createTenantKey
    }

    @Test func `a read-only key reads everything and changes nothing`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let reader = try await key(tester, ["readOnly": true], as: tenant.credentials)
            let who = try await tester.send("{ whoami { role readOnly fields } }", as: reader)
            #expect(who.data.whoami.readOnly == true)
            #expect(who.data.whoami.fields.isNull)
            let read = try await tester.send("{ assets { edges { cursor } } }", as: reader)
            #expect(read.errors.isNull)
            let refused = try await tester.send(
                "mutation { createAsset(input: {code: \"USD\", scale: 2}) { code message } }",
                as: reader
            ).data.createAsset
            #expect(refused.code == "403")
            #expect(
                refused.message == "Forbidden: this key is read-only, and createAsset is a mutation"
            )
            let read2 = try await tester.send(
                "{ assets { edges { cursor } } }", as: tenant.credentials)
            #expect(read2.data.assets.edges.items.isEmpty)
        }
    }

    @Test func `a key for some fields may call them, and is told which it may not`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let clerk = try await key(
                tester, ["fields": ["createAsset", "assets", "events", "assets"]],
                as: tenant.credentials)
            let made = try await tester.send(
                "mutation { createAsset(input: {code: \"USD\", scale: 2}) { code } }", as: clerk)
            #expect(made.data.createAsset.code == "200")
            let refused = try await tester.send(
                "{ assets { edges { cursor } } peers { edges { cursor } } }", as: clerk)
            #expect(refused.errors[0].extensions.code == "FORBIDDEN")
            #expect(
                refused.errors[0].message == "Forbidden: this key may not be used for peers")
            let who = try await tester.send("{ whoami { fields readOnly } }", as: clerk)
            #expect(who.data.whoami.fields == ["assets", "createAsset", "events"])
            #expect(who.data.whoami.readOnly == false)
        }
    }

    @Test func `a restricted key makes none that may do more or lives longer`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let pointer = try await tester.makePaymentPointer(as: tenant.credentials)
            let clerk = try await key(
                tester,
                [
                    "fields": [
                        "createTenantKey", "createApiKey", "rotateTenantKey", "paymentPointer",
                    ], "expiresAt": "2090-01-01T00:00:00Z",
                ], as: tenant.credentials)
            for input: JSON in [
                ["fields": ["createTenantKey", "deletePeer"]],
                ["expiresAt": "2090-01-01T00:00:01Z"],
            ] {
                #expect(try await attempt(tester, input, as: clerk).code == "403")
            }
            let inherited = try await attempt(tester, [:], as: clerk)
            #expect(inherited.tenantKey.fields.items.count == 4)
            #expect(inherited.tenantKey.expiresAt == "2090-01-01T00:00:00.000Z")
            let narrower = try await attempt(
                tester, ["readOnly": true, "fields": ["paymentPointer"]], as: clerk)
            #expect(narrower.code == "200")
            let rotated = try await tester.send(
                "mutation { rotateTenantKey(input: {}) { code } }", as: clerk)
            #expect(rotated.data.rotateTenantKey.code == "403")

            // What it makes for payment pointers is bound in the same way.
            let sessionKey = try await tester.makeSession(pointer, as: clerk)
            let receive = """
                mutation {
                  createIncomingPayment(input: {paymentPointerId: "\(pointer)"}) { code message }
                }
                """
            let session = Credentials.session(sessionKey)
            let refused = try await tester.send(receive, as: session)
            #expect(refused.data.createIncomingPayment.code == "403")
            let read = try await tester.send(
                "{ paymentPointer(id: \"\(pointer)\") { id } whoami { fields } }", as: session)
            #expect(read.data.paymentPointer.id == .string(pointer))
            #expect(read.data.whoami.fields.items.count == 4)
        }
    }

    @Test func `sessions of a restricted API key have its restriction`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let pointer = try await tester.makePaymentPointer(as: tenant.credentials)
            let made = try await tester.mutate(
                """
                mutation($id: String!) {
                  createApiKey(input: {paymentPointerId: $id, readOnly: true}) {
                    code apiKey { key readOnly fields }
                  }
                }
                """, ["id": .string(pointer)], as: tenant.credentials)
            #expect(made.apiKey.readOnly == true)
            let session = try await tester.redeem(made.apiKey.key.required(), pointer).session.key
            let refused = try await tester.send(
                """
                mutation {
                  createIncomingPayment(input: {paymentPointerId: "\(pointer)"}) { code message }
                }
                """, as: .session(try session.required()))
            #expect(refused.data.createIncomingPayment.code == "403")
            let listed = try await tester.send(
                """
                query($id: String!) {
                  apiKeys(paymentPointerId: $id) { edges { node { readOnly fields } } }
                }
                """, ["id": .string(pointer)], as: tenant.credentials)
            #expect(listed.data.apiKeys.edges[0].node.readOnly == true)
        }
    }

    @Test(
        arguments: [
            ["fields": []], ["fields": ["nothing"]], ["fields": ["Asset"]], ["fields": ["a\0"]],
            ["expiresAt": "2001-01-01T00:00:00Z"], ["expiresAt": "tomorrow"],
        ] as [JSON])
    func `what is no restriction makes no key`(_ input: JSON) async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            #expect(try await attempt(tester, input, as: tenant.credentials).code == "400")
            let keys = try await tester.send(
                "{ tenantKeys { edges { node { readOnly } } } }", as: tenant.credentials)
            #expect(keys.data.tenantKeys.edges.items.count == 1)
        }
    }

    @Test func `a tenant's keys are listed, and a revoked one is refused at once`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let other = try await tester.makeTenant()
            let made = try await tester.mutate(
                Self.createKey, ["input": ["readOnly": true]], as: tenant.credentials)
            let reader = Credentials.tenant(try made.apiKey.required())
            let list = "{ tenantKeys { edges { node { id prefix readOnly } } } }"
            let keys = try await tester.send(list, as: reader).data.tenantKeys.edges.items
            #expect(keys.map(\.node.readOnly) == [false, true])
            #expect(keys.last?.node.id == made.tenantKey.id)
            let revoke = "mutation($id: String!) { revokeTenantKey(input: {id: $id}) { code } }"
            let id: [String: JSON] = ["id": made.tenantKey.id]
            let foreign = try await tester.send(revoke, id, as: other.credentials)
            #expect(foreign.data.revokeTenantKey.code == "404")
            _ = try await tester.mutate(revoke, id, as: tenant.credentials)
            let gone = try await tester.send(list, as: reader)
            #expect(gone.errors[0].extensions.code == "UNAUTHENTICATED")
        }
    }

    @Test func `a stored answer is not for a key that may not ask for it`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let reader = try await key(tester, ["readOnly": true], as: tenant.credentials)
            let create = "mutation { createAsset(input: {code: \"USD\", scale: 2}) { code } }"
            _ = try await tester.send(create, under: "once", as: tenant.credentials)
            let replay = try await tester.send(create, under: "once", as: reader)
            #expect(!replay.isReplay)
            #expect(replay.answer.data.createAsset.code == "403")
        }
    }
}
