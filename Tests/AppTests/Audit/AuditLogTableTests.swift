import Foundation
import GraphQL
import OrderedCollections
import Postgres
import TestSupport
import Testing

@testable import App

/// What the database lets anybody do with the audit log.
@Suite struct AuditLogTableTests {
    /// What is done by administrators and not audited: money that moves, which the ledger tells, and
    /// work that is done by itself anyway.
    private static let unaudited: Set<String> = [
        "addAssetLiquidity", "addPeerLiquidity", "depositEventLiquidity",
        "finalizeLiquidityWithdrawal", "rollbackLiquidityWithdrawal", "transfer",
        "triggerPaymentPointerEvents", "withdrawEventLiquidity",
    ]

    @Test func `every mutation for administrators is audited, but for those that move money`()
        throws
    {
        let schema = try SchemaAssembly.schema()
        let mutations = try #require(schema.mutationType).fields
        var quiet: Set<String> = []
        for (name, field) in mutations {
            let directives = Set(field.appliedDirectives.map(\.name))
            let isForAdministrators = !directives.isDisjoint(with: ["isAdmin", "isOperator"])
            if isForAdministrators, !directives.contains("audited") { quiet.insert(name) }
        }
        #expect(quiet == Self.unaudited)
    }

    @Test(arguments: [
        "update hazina.audit_log set code = '200'", "delete from hazina.audit_log",
        "truncate hazina.audit_log",
        """
        insert into hazina.audit_log
            (tenant_id, id, created_at, role, operation, code, arguments, request_id)
        select tenant_id, gen_random_uuid(), now() - interval '1 year', 'TENANT', 'x', '200', '{}', 'r'
        from hazina.tenants
        """,
        "select hazina.audit_log_expire(29, 1000)", "select hazina.audit_log_expire(null, 1000)",
    ])
    func `the server's role can neither change an entry, nor date one back`(
        _ statement: String
    ) async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let connection = try await DirectConnection.open(url: tester.database.serverURL)
            defer { connection.close() }
            try await connection.execute(
                script: "set app.tenant_id = '\(tenant.id)'")
            do {
                try await connection.execute(script: statement)
                Issue.record("was allowed: \(statement)")
            } catch let error as PostgresError {
                #expect(error.sqlState == "42501", "\(error)")
            }
        }
    }

    @Test func `even the owner cannot rewrite an entry`() async throws {
        try await GraphQLTester.with { tester in
            _ = try await tester.makeTenant()
            for statement in [
                "update hazina.audit_log set code = '500'", "truncate hazina.audit_log",
            ] {
                await #expect(throws: PostgresError.self) {
                    try await tester.database.administer(statement)
                }
            }
        }
    }

    @Test func `old entries go when their time has come, and young ones stay`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            _ = try await tester.makePeer(as: tenant.credentials)
            let count = "{ auditLog { edges { node { operation } } } }"
            try await tester.database.administer(
                """
                alter table hazina.audit_log disable trigger keep_audit_log;
                update hazina.audit_log set
                    id = '00000000-0000-7000-8000-00000000000a',
                    created_at = now() - interval '401 days'
                where operation = 'createTenant' and tenant_id = '\(tenant.id)';
                """)
            let retention = Retention(
                RetentionConfiguration(auditDays: 400),
                database: Database(pool: tester.pool, statementTimeout: .seconds(30)))
            while try await retention.pass() == .more {}
            let left = try await tester.send(count, as: tenant.credentials)
            #expect(left.data.auditLog.edges.items.map(\.node.operation.text) == ["createPeer"])
        }
    }
}
