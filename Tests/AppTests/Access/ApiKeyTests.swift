import App
import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct ApiKeyTests {
    private static let create = """
        mutation($id: String!, $expiresAt: String) {
          createApiKey(input: {paymentPointerId: $id, expiresAt: $expiresAt}) {
            code success message
            apiKey { id paymentPointerId key expiresAt createdAt updatedAt }
          }
        }
        """
    private static let list = """
        query($id: String!) {
          apiKeys(paymentPointerId: $id) {
            edges { node { id prefix paymentPointerId createdAt expiresAt lastUsedAt } }
          }
        }
        """

    @Test func `a key is shown once, and lists show its prefix alone`() async throws {
        try await TestDatabase.with { database in
            try await GraphQLTester.with(database) { tester in
                let tenant = try await tester.makeTenant()
                let pointer = try await tester.makePaymentPointer(as: tenant.credentials)
                let created = try await tester.send(
                    Self.create, ["id": .string(pointer)], as: tenant.credentials
                ).data.createApiKey
                #expect(created.code == "200")
                #expect(created.message == "Created Api Key")
                #expect(created.apiKey.paymentPointerId.text == pointer)
                let key = try created.apiKey.key.required()
                #expect(key.hasPrefix("hz_pk_"))
                let listed = try await tester.send(
                    Self.list, ["id": .string(pointer)], as: tenant.credentials)
                let node = listed.data.apiKeys.edges[0].node
                #expect(node.id == created.apiKey.id)
                #expect(node.prefix.text.map { key.hasPrefix($0) } == true)
                #expect(node.lastUsedAt.isNull)
                #expect(!"\(listed)".contains(key))
                _ = try await tester.redeem(key, pointer)
                let used = try await tester.send(
                    Self.list, ["id": .string(pointer)], as: tenant.credentials)
                #expect(used.data.apiKeys.edges[0].node.lastUsedAt.text != nil)
                try await expectNoTrace(of: key, in: database)
            }
        }
    }

    private func expectNoTrace(of secret: String, in database: TestDatabase) async throws {
        try await TestDatabase.admin(database.adminURL) { connection in
            for table in ["api_keys", "sessions", "credential_directory"] {
                let rows = try await connection.query(
                    """
                    select 1 from hazina.\(unescaped: table) t
                    where position(\(secret) in t::text) > 0
                    """)
                #expect(rows.isEmpty, "\(table)")
            }
        }
    }

    @Test(arguments: ["no uuid", "", "00000000-0000-4000-8000-000000000000"])
    func `an unknown payment pointer gets no key`(_ id: String) async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let answer = try await tester.send(
                Self.create, ["id": .string(id)], as: tenant.credentials
            ).data.createApiKey
            #expect(answer.code == "404")
            #expect(answer.message == "Unknown payment pointer")
            #expect(answer.apiKey.isNull)
        }
    }

    @Test func `another tenant's payment pointer is unknown`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let other = try await tester.makeTenant()
            let pointer = try await tester.makePaymentPointer(as: other.credentials)
            let answer = try await tester.send(
                Self.create, ["id": .string(pointer)], as: tenant.credentials
            ).data.createApiKey
            #expect(answer.code == "404")
            let listed = try await tester.send(
                Self.list, ["id": .string(pointer)], as: tenant.credentials)
            #expect(listed.data.apiKeys.isNull)
            #expect(listed.errors[0].message == "No payment pointer")
        }
    }

    @Test func `a key with an expiry ends then, and so do its sessions`() async throws {
        try await TestDatabase.with { database in
            try await GraphQLTester.with(database) { tester in
                let tenant = try await tester.makeTenant()
                let pointer = try await tester.makePaymentPointer(as: tenant.credentials)
                let expiry = Date(timeIntervalSinceNow: 300).formatted(.iso8601)
                let (_, key) = try await tester.makeApiKey(
                    pointer, expiresAt: expiry, as: tenant.credentials)
                let session = try await tester.redeem(key, pointer).session
                let sessionExpiry = try session.expiresAt.required()
                #expect(Timestamp(iso8601: sessionExpiry) == Timestamp(iso8601: expiry))
                try await TestDatabase.admin(database.adminURL) { connection in
                    try await connection.execute(
                        script: "update hazina.api_keys set expires_at = now()")
                }
                #expect(try await tester.redeem(key, pointer).code == "404")
                let answer = try await tester.send(
                    "{ whoami { role } }", as: .session(try session.key.required()))
                #expect(answer.data.whoami.isNull)
            }
        }
    }

    @Test(arguments: ["2001-01-01T00:00:00Z", "tomorrow", "2101-01-01", "2101-01-01T00:00:00", ""])
    func `an expiry in the past or without a zone is refused`(_ expiry: String) async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let pointer = try await tester.makePaymentPointer(as: tenant.credentials)
            let answer = try await tester.send(
                Self.create, ["id": .string(pointer), "expiresAt": .string(expiry)],
                as: tenant.credentials
            ).data.createApiKey
            #expect(answer.code == "400")
            #expect(answer.message.text?.hasPrefix("invalid expiresAt") == true)
            let listed = try await tester.send(
                Self.list, ["id": .string(pointer)], as: tenant.credentials)
            #expect(listed.data.apiKeys.edges.items.isEmpty)
        }
    }

    @Test func `all keys of a payment pointer are deleted at once, and again for none`()
        async throws
    {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let pointer = try await tester.makePaymentPointer(as: tenant.credentials)
            let session = try await tester.makeSession(pointer, as: tenant.credentials)
            for id in [pointer, pointer, "no uuid"] {
                let answer = try await tester.send(
                    """
                    mutation($id: String!) {
                      deleteAllApiKeys(input: {paymentPointerId: $id}) { code success message }
                    }
                    """, ["id": .string(id)], as: tenant.credentials
                ).data.deleteAllApiKeys
                #expect(answer.code == "200")
                #expect(
                    answer.message.text
                        == "Deleted all Api Keys for payment pointer with id=\(id)")
            }
            let answer = try await tester.send("{ whoami { role } }", as: .session(session))
            #expect(answer.data.whoami.isNull)
        }
    }

    @Test func `a rotated tenant key is accepted during the overlap`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let rotate = """
                mutation($overlap: Int) {
                  rotateTenantKey(input: {overlapSeconds: $overlap}) {
                    code message apiKey previousKeysExpireAt tenant { id }
                  }
                }
                """
            let second = try await tester.mutate(
                rotate, ["overlap": 60], as: tenant.credentials)
            #expect(second.previousKeysExpireAt.text != nil)
            #expect(second.tenant.id.text == tenant.id)
            let credentials = Credentials.tenant(try second.apiKey.required())
            for caller in [tenant.credentials, credentials] {
                #expect(
                    try await tester.send("{ whoami { role } }", as: caller).data.whoami.role
                        == "TENANT")
            }
            let third = try await tester.mutate(rotate, ["overlap": 0], as: credentials)
            for caller in [tenant.credentials, credentials] {
                #expect(
                    try await tester.send("{ whoami { role } }", as: caller).data.whoami.isNull)
            }
            let last = Credentials.tenant(try third.apiKey.required())
            let refused = try await tester.send(rotate, ["overlap": -1], as: last)
            #expect(refused.data.rotateTenantKey.code == "400")
        }
    }

    @Test func `of rotations at the same time one wins, and one key is left`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let answers = try await withThrowingTaskGroup(of: JSON.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await tester.send(
                            "mutation { rotateTenantKey(input: {overlapSeconds: 0}) { code apiKey } }",
                            as: tenant.credentials
                        ).data.rotateTenantKey
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.filter { $0.code == "200" }.count == 1)
            #expect(answers.filter { $0.code == "401" }.count == 7)
        }
    }
}
