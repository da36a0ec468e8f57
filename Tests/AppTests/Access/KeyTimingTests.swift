import Foundation
import Postgres
import TestSupport
import Testing

@testable import App

/// That the time of an answer does not tell a key that was valid once from one that never was: the
/// same statement, and in the database the same scans of the same tables.
@Suite struct KeyTimingTests {
    /// How often a look-up, as the server does it, reads each table.
    private func scans(
        _ secret: Secret, _ connection: DirectConnection
    ) async throws -> [String: Int] {
        // The counts of a connection grow until they are reported, between transactions.
        try await connection.execute(script: "begin")
        let before = try await counts(connection)
        let found = try await connection.query(
            "select 1 from hazina.identify(\(secret.hash), \(secret.kind == .session))")
        #expect(found.isEmpty)
        let after = try await counts(connection)
        try await connection.execute(script: "rollback")
        return after.reduce(into: [:]) { scans, table in
            let count = table.value - (before[table.key] ?? 0)
            if count > 0 { scans[table.key] = count }
        }
    }

    private func counts(_ connection: DirectConnection) async throws -> [String: Int] {
        let rows = try await connection.query(
            """
            select relname::text as name, seq_scan + coalesce(idx_scan, 0) as count
            from pg_stat_xact_user_tables where schemaname = 'hazina'
            """)
        return try rows.reduce(into: [:]) { counts, row in
            counts[try row.decode("name")] = try row.decode("count", as: Int.self)
        }
    }

    @Test func `an unknown key, a revoked and an expired one cost the same`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let disabled = try await tester.makeTenant()
            let pointer = try await tester.makePaymentPointer(as: tenant.credentials)
            let kept = try await tester.makeSession(pointer, as: tenant.credentials)
            let revoked = try await tester.makeSession(pointer, as: tenant.credentials)
            _ = try await tester.mutate(
                "mutation($key: String!) { revokeSession(input: {key: $key}) { code } }",
                ["key": .string(revoked)], as: .nobody)
            _ = try await tester.mutate(
                "mutation($id: String!) { deleteTenant(id: $id) { code } }",
                ["id": .string(disabled.id)], as: .operator)
            try await tester.database.administer(
                """
                update hazina.sessions set expires_at = now() - interval '1 second';
                update hazina.api_keys set expires_at = now() - interval '1 second'
                where tenant_id = '\(tenant.id)';
                """)
            let connection = try await DirectConnection.open(url: tester.database.serverURL)
            defer { connection.close() }
            let keys = [
                Secret.random(.tenantKey), try #require(Secret(tenant.key)),
                try #require(Secret(disabled.key)),
            ]
            let sessions = [
                Secret.random(.session), try #require(Secret(kept)), try #require(Secret(revoked)),
            ]
            for secrets in [keys, sessions] {
                // The first look-up of a connection reads the catalogue, too.
                _ = try await scans(secrets[0], connection)
                let expected = try await scans(secrets[0], connection)
                #expect(expected.count >= 3, "\(expected)")
                for secret in secrets {
                    #expect(try await scans(secret, connection) == expected)
                }
            }
        }
    }

    @Test func `all of them are answered with the same words`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            try await tester.database.administer(
                "update hazina.api_keys set expires_at = now() - interval '1 second'")
            var answers: [JSON] = []
            for key in [tenant.key, Secret.random(.tenantKey).text, "no key at all"] {
                answers.append(try await tester.send("{ whoami { role } }", as: .tenant(key)))
            }
            #expect(answers[0].errors[0].extensions.code == "UNAUTHENTICATED")
            #expect(Set(answers).count == 1)
        }
    }
}
