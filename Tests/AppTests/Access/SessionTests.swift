import App
import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct SessionTests {
    private func refresh(_ key: String, _ tester: GraphQLTester) async throws -> JSON {
        try await tester.send(
            """
            mutation($key: String!) {
              refreshSession(input: {key: $key}) { code success message session { key expiresAt } }
            }
            """, ["key": .string(key)], as: .nobody
        ).data.refreshSession
    }

    private func revoke(_ key: String, _ tester: GraphQLTester) async throws -> JSON {
        try await tester.send(
            """
            mutation($key: String!) {
              revokeSession(input: {key: $key}) { code success message }
            }
            """, ["key": .string(key)], as: .nobody
        ).data.revokeSession
    }

    private func role(_ key: String, _ tester: GraphQLTester) async throws -> String? {
        try await tester.send("{ whoami { role } }", as: .session(key)).data.whoami.role.text
    }

    @Test func `a key is redeemed for a session of its payment pointer`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let pointer = try await tester.makePaymentPointer(as: tenant.credentials)
            let key = try await tester.makeApiKey(pointer, as: tenant.credentials).key
            let answer = try await tester.redeem(key, pointer)
            #expect(answer.code == "200")
            #expect(answer.success == true)
            #expect(answer.message == "Redeemed API Key")
            let session = try answer.session.key.required()
            let text = try answer.session.expiresAt.required()
            let expiry = try #require(Timestamp(iso8601: text))
            let minutes =
                (Double(expiry.microsecondsSinceEpoch) / 1e6 - Date().timeIntervalSince1970) / 60
            #expect((29.5...30.5).contains(minutes))
            let whoami = try await tester.send(
                "{ whoami { role tenant { id } paymentPointer { id asset { code } } } }",
                as: .session(session)
            ).data.whoami
            #expect(whoami.role == "SESSION")
            #expect(whoami.tenant.id.text == tenant.id)
            #expect(whoami.paymentPointer.id.text == pointer)
            #expect(whoami.paymentPointer.asset.code == "USD")
        }
    }

    @Test func `a session sees its own payment pointer and no other`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let own = try await tester.makePaymentPointer(as: tenant.credentials)
            let other = try await tester.makePaymentPointer(as: tenant.credentials)
            let session = try await tester.makeSession(own, as: tenant.credentials)
            let query = "query($id: String!) { paymentPointer(id: $id) { id } }"
            let seen = try await tester.send(query, ["id": .string(own)], as: .session(session))
            #expect(seen.data.paymentPointer.id.text == own)
            let hidden = try await tester.send(query, ["id": .string(other)], as: .session(session))
            #expect(hidden.data.paymentPointer.isNull)
            let unknown = try await tester.send(
                query, ["id": .string(UUID().uuidString)], as: .session(session))
            #expect(hidden.errors == unknown.errors)
        }
    }

    @Test func `a wrong key or payment pointer redeems nothing and is counted`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let pointer = try await tester.makePaymentPointer(as: tenant.credentials)
            let other = try await tester.makePaymentPointer(as: tenant.credentials)
            let key = try await tester.makeApiKey(pointer, as: tenant.credentials).key
            for (key, id) in [
                (key, other), (key, "no uuid"), (tenant.key, pointer), ("", pointer),
                (String(key.dropLast()), pointer), (key, UUID().uuidString),
            ] {
                let answer = try await tester.redeem(key, id)
                #expect(answer.code == "404")
                #expect(answer.success == false)
                #expect(answer.message.text == "Api key not found. paymentPointerId=\(id)")
                #expect(answer.session.isNull)
            }
            #expect(tester.badKeys.count == 6)
            tester.badKeys.limit(6)
            #expect(try await tester.redeem("wrong", pointer).code == "429")
            #expect(try await tester.redeem(key, pointer).code == "200")
        }
    }

    @Test func `refreshing keeps the key and extends the expiry up to the maximum`() async throws {
        try await TestDatabase.with { database in
            let key = try await GraphQLTester.with(database, sessionMinutes: 1) { tester in
                let tenant = try await tester.makeTenant()
                let pointer = try await tester.makePaymentPointer(as: tenant.credentials)
                return try await tester.makeSession(pointer, as: tenant.credentials)
            }
            try await GraphQLTester.with(database, sessionMinutes: 60 * 48) { tester in
                let answer = try await refresh(key, tester)
                #expect(answer.code == "200")
                #expect(answer.message == "Refreshed Session")
                #expect(answer.session.key.text == key)
                let text = try answer.session.expiresAt.required()
                let expiry = try #require(Timestamp(iso8601: text))
                let hours =
                    (Double(expiry.microsecondsSinceEpoch) / 1e6 - Date().timeIntervalSince1970)
                    / 3600
                #expect((23.9...24.1).contains(hours))
            }
        }
    }

    @Test func `an unknown, expired or revoked session is not refreshed`() async throws {
        try await TestDatabase.with { database in
            try await GraphQLTester.with(database) { tester in
                let tenant = try await tester.makeTenant()
                let pointer = try await tester.makePaymentPointer(as: tenant.credentials)
                let revoked = try await tester.makeSession(pointer, as: tenant.credentials)
                #expect(try await revoke(revoked, tester).message == "Revoked Session")
                let expired = try await tester.makeSession(pointer, as: tenant.credentials)
                try await TestDatabase.admin(database.adminURL) { connection in
                    try await connection.execute(
                        script: "update hazina.sessions set expires_at = now()")
                }
                for key in [revoked, expired, "unknown"] {
                    let answer = try await refresh(key, tester)
                    #expect(answer.code == "401")
                    #expect(answer.message == "Session not found.")
                    #expect(try await role(key, tester) == nil)
                }
            }
        }
    }

    @Test func `revoking twice or an unknown session succeeds`() async throws {
        try await GraphQLTester.with { tester in
            for _ in 0..<2 {
                let answer = try await revoke("unknown", tester)
                #expect(answer.code == "200")
                #expect(answer.success == true)
            }
        }
    }

    @Test func `a session revoked on one process fails at once on another`() async throws {
        try await TestDatabase.with { database in
            try await GraphQLTester.with(database) { first in
                let tenant = try await first.makeTenant()
                let pointer = try await first.makePaymentPointer(as: tenant.credentials)
                let key = try await first.makeSession(pointer, as: tenant.credentials)
                try await GraphQLTester.with(database) { second in
                    #expect(try await role(key, second) == "SESSION")
                    _ = try await revoke(key, first)
                    #expect(try await role(key, second) == nil)
                }
            }
        }
    }

    @Test func `deleting a key ends its sessions and leaves those of others`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let pointer = try await tester.makePaymentPointer(as: tenant.credentials)
            let (id, key) = try await tester.makeApiKey(pointer, as: tenant.credentials)
            let ended = try await tester.redeem(key, pointer).session.key.required()
            let kept = try await tester.makeSession(pointer, as: tenant.credentials)
            let answer = try await tester.send(
                "mutation($id: String!) { revokeApiKey(input: {id: $id}) { code message } }",
                ["id": .string(id)], as: tenant.credentials)
            #expect(answer.data.revokeApiKey.code == "200")
            #expect(try await role(ended, tester) == nil)
            #expect(try await role(kept, tester) == "SESSION")
            #expect(try await tester.redeem(key, pointer).code == "404")
        }
    }

    @Test func `sessions of a disabled tenant fail`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let pointer = try await tester.makePaymentPointer(as: tenant.credentials)
            let (_, key) = try await tester.makeApiKey(pointer, as: tenant.credentials)
            let session = try await tester.redeem(key, pointer).session.key.required()
            _ = try await tester.mutate(
                "mutation($id: String!) { deleteTenant(id: $id) { code } }",
                ["id": .string(tenant.id)], as: .operator)
            #expect(try await role(session, tester) == nil)
            #expect(try await tester.redeem(key, pointer).code == "404")
            let answer = try await tester.send("{ whoami { role } }", as: tenant.credentials)
            #expect(answer.errors[0].extensions.code == "UNAUTHENTICATED")
        }
    }
}
