import Foundation
import Ledger
import TestSupport
import Testing

@testable import App
@testable import Postgres

/// Requests with a key that was looked up a moment ago.
@Suite(.timeLimit(.minutes(5))) struct RecalledKeyTests {
    /// A key of a tenant's own beside its first one, which can be taken away and given back.
    private struct SpareKey {
        let text: String
        let id: String
        let tester: GraphQLTester
        let tenant: GraphQLTester.TestTenant

        var credentials: Credentials { .tenant(text) }

        static func make(
            _ tester: GraphQLTester, _ tenant: GraphQLTester.TestTenant
        ) async throws -> SpareKey {
            let made = try await tester.mutate(
                "mutation { createTenantKey(input: {}) { code apiKey tenantKey { id } } }",
                as: tenant.credentials)
            let key = SpareKey(
                text: try made.apiKey.required(), id: try made.tenantKey.id.required(),
                tester: tester, tenant: tenant)
            // Its use is not due to be written, so that it is remembered at its first use.
            try await tester.database.administer(
                """
                update hazina.api_keys set last_used_at = '2200-01-01' where id = '\(key.id)';
                create table hazina_spare as select * from hazina.api_keys where id = '\(key.id)'
                """)
            return key
        }

        /// Has it looked up, and so remembered for a second.
        func use() async throws {
            let answer = try await tester.send("{ whoami { __typename } }", as: credentials)
            #expect(answer.errors[0].message.text == nil, "\(answer)")
        }

        func revoke() async throws {
            try await tester.database.administer(
                "delete from hazina.api_keys where id = '\(id)'")
        }

        func giveBack() async throws {
            try await tester.database.administer(
                "insert into hazina.api_keys select * from hazina_spare")
        }
    }

    private func makeAsset(
        _ tester: GraphQLTester, _ tenant: GraphQLTester.TestTenant
    ) async throws -> String {
        try await tester.mutate(
            #"mutation { createAsset(input: {code: "EUR", scale: 2}) { code asset { id } } }"#,
            as: tenant.credentials
        ).asset.id.required()
    }

    @Test func `within a second a key is not looked up again`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let asset = try await makeAsset(tester, tenant)
            let key = try await SpareKey.make(tester, tenant)
            try await key.use()
            // Whoever would look it up fails.
            try await tester.database.administer(
                "alter function hazina.identify(bytea, boolean) rename to identify_away")
            try await tester.deposit(5, toAsset: asset, as: key.credentials)
            let answer = try await tester.send(
                "query($id: String!) { asset(id: $id) { liquidity } }", ["id": .string(asset)],
                as: key.credentials)
            #expect(answer.data.asset.liquidity == "5")
            try await Task.sleep(for: .milliseconds(1100))
            await #expect(throws: (any Error).self) {
                try await tester.send("{ whoami { __typename } }", as: key.credentials)
            }
        }
    }

    @Test func `a revoked key that was just in use can do nothing`() async throws {
        try await GraphQLTester.with { tester in
            let admin = try await DirectConnection.open(url: tester.database.adminURL)
            defer { admin.close() }
            let tenant = try await tester.makeTenant()
            let things = try await Things.make(
                tester, of: tenant, counterparty: try await tester.makeTenant())
            let samples = SampleArguments(things: things.ids)
            let key = try await SpareKey.make(tester, tenant)
            try await key.use()
            // What else is due is done before anything is compared.
            try await Task.sleep(for: .milliseconds(300))
            for call in RootCall.all(of: try SchemaAssembly.schema())
            where call.kind != .subscription && !call.isPublic {
                try await key.use()
                try await key.revoke()
                let before = try await Checksum.ofTables(admin)
                let variables = samples.variables(call)
                let answer = try await tester.send(
                    call.document(variables), variables, as: key.credentials)
                let message =
                    call.kind == .mutation
                    ? answer.data.field.message : answer.errors[0].message
                #expect(
                    message.text?.hasPrefix("Unauthenticated") == true, "\(call.name): \(answer)")
                #expect(
                    try await Checksum.ofTables(admin) == before, "\(call.name) changed something")
                try await key.giveBack()
            }
        }
    }

    @Test func `a key of a tenant disabled meanwhile can do nothing`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let asset = try await makeAsset(tester, tenant)
            let key = try await SpareKey.make(tester, tenant)
            try await key.use()
            try await tester.database.administer(
                "update hazina.tenants set disabled_at = now() where tenant_id = '\(tenant.id)'")
            let answer = try await tester.send(
                """
                mutation($asset: String!, $id: String!) {
                  addAssetLiquidity(input: {assetId: $asset, amount: 1, id: $id}) { code }
                }
                """, ["asset": .string(asset), "id": .string(UUID().uuidString)],
                as: key.credentials)
            #expect(answer.data.addAssetLiquidity.code == "401")
        }
    }

    @Test func `a key whose end has changed meanwhile counts as it is now`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let key = try await SpareKey.make(tester, tenant)
            try await key.use()
            try await tester.database.administer(
                """
                update hazina.api_keys set expires_at = now() + interval '1 hour'
                where id = '\(key.id)'
                """)
            let made = try await tester.mutate(
                "mutation { createTenantKey(input: {}) { code tenantKey { expiresAt } } }",
                as: key.credentials)
            #expect(made.tenantKey.expiresAt.text != nil, "it must not outlive its maker")
        }
    }

    @Test func `neighbours in a batch do not suffer from a revoked key`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let asset = try await makeAsset(tester, tenant)
            let keys = [
                try await SpareKey.make(tester, tenant).credentials, tenant.credentials,
                .operator(in: tenant.id),
            ]
            let revoked = try await tester.mutate(
                "mutation { createTenantKey(input: {}) { code apiKey tenantKey { id } } }",
                as: tenant.credentials)
            let dead = Credentials.tenant(try revoked.apiKey.required())
            for caller in keys + [dead] {
                for _ in 1...2 {
                    _ = try await tester.send("{ whoami { __typename } }", as: caller)
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            _ = try await tester.mutate(
                "mutation($id: String!) { revokeTenantKey(input: {id: $id}) { code } }",
                ["id": revoked.tenantKey.id], as: tenant.credentials)
            let codes = try await withThrowingTaskGroup(of: (Int, String?).self) { group in
                for number in 0..<80 {
                    let caller = (keys + [dead])[number % 4]
                    group.addTask {
                        let answer = try await tester.send(
                            """
                            mutation($asset: String!, $id: String!) {
                              addAssetLiquidity(input: {assetId: $asset, amount: 1, id: $id}) {
                                code
                              }
                            }
                            """,
                            ["asset": .string(asset), "id": .string(UUID().uuidString)],
                            as: caller)
                        return (number, answer.data.addAssetLiquidity.code.text)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for (number, code) in codes {
                #expect(code == (number % 4 == 3 ? "401" : "200"))
            }
            let answer = try await tester.send(
                "query($id: String!) { asset(id: $id) { liquidity } }", ["id": .string(asset)],
                as: tenant.credentials)
            #expect(answer.data.asset.liquidity == "60")
            #expect(try await tester.audit(tenant).isEmpty)
        }
    }

    /// What a key's look-up found, and a key that is still valid or not.
    private func key(isValid: Bool) -> RecalledKey {
        let credential = Credential(
            tenantID: .operator, apiKeyID: .next(), paymentPointerID: nil, session: nil,
            expiresAt: nil, restriction: .none, isUseDue: false)
        return RecalledKey(
            of: credential.tenantID, condition: CredentialRepository.condition(of: credential)
        ) { isValid }
    }

    @Test func `an answer about work that may be done stands, and nothing follows it`() async throws
    {
        for error in [PostgresError(.commitUnknown, "lost"), .decoding("no answer")] {
            let key = key(isValid: false)
            try await RecalledKey.$current.withValue(key) {
                await #expect(throws: PostgresError.self) {
                    try await key.writing { throw error }
                }
                #expect(RecalledKey.open != nil)
                await #expect(throws: AccessError.self) { try await key.settle() }
                // Done work is never taken for a stranger's.
                #expect(!key.isRefused)
                let isCertain = try await key.isAnswerCertain()
                #expect(isCertain)
            }
        }
    }

    @Test func `what the ledger refuses has found the key valid`() async throws {
        let key = key(isValid: false)
        try await RecalledKey.$current.withValue(key) {
            await #expect(throws: LedgerError.self) {
                try await key.writing { throw LedgerError(.exists) }
            }
            #expect(RecalledKey.open == nil)
            let isCertain = try await key.isAnswerCertain()
            #expect(isCertain)
        }
    }

    @Test func `work that was not done leaves the key to be asked for`() async {
        for kind: PostgresError.Kind in [
            .poolTimeout, .poolOverloaded, .connectFailed, .connectionLost, .server,
            .invalidStatement,
        ] {
            let key = key(isValid: false)
            await RecalledKey.$current.withValue(key) {
                await #expect(throws: PostgresError.self) {
                    try await key.writing { throw PostgresError(kind, "no room") }
                }
                #expect(RecalledKey.open != nil)
                await #expect(throws: AccessError.self) { try await key.settle() }
                #expect(key.isRefused)
            }
        }
    }

    @Test func `what was refused once stays refused`() async {
        let key = key(isValid: false)
        await #expect(throws: AccessError.self) { try await key.settle() }
        await #expect(throws: AccessError.self) {
            try await key.writing { Issue.record("it must not begin") }
        }
        await #expect(throws: AccessError.self) {
            _ = try await key.reading { _ in
                Issue.record("it must not begin")
                return []
            }
        }
    }
}
