import Foundation
import Postgres
import TestSupport
import Testing

@testable import App

/// The server's role with SQL of its own against every table of the catalogue: a new table is in
/// it by itself.
@Suite(.timeLimit(.minutes(10))) struct EveryTableTests {
    private struct Table: Sendable {
        let name: String
        let columns: [String]
        /// Columns that the role may change.
        let changeable: [String]
        var hasTenant: Bool { columns.contains("tenant_id") }
    }

    /// Two tenants with something in every table, and a connection that works as the first.
    private struct Stage {
        let tester: GraphQLTester
        let tables: [Table]
        let own: GraphQLTester.TestTenant
        let foreign: GraphQLTester.TestTenant
        /// As the server's role.
        let connection: DirectConnection
        /// As a superuser.
        let admin: DirectConnection
    }

    private func with(_ body: (Stage) async throws -> Void) async throws {
        try await GraphQLTester.with(configure: { $0.withdrawalSeconds = 3600 }) { tester in
            let own = try await tester.makeTenant()
            let foreign = try await tester.makeTenant()
            for (tenant, other) in [(own, foreign), (foreign, own)] {
                _ = try await Things.make(tester, of: tenant, counterparty: other)
                try await fillRest(tester, tenant)
            }
            let connection = try await DirectConnection.open(url: tester.database.serverURL)
            defer { connection.close() }
            let admin = try await DirectConnection.open(url: tester.database.adminURL)
            defer { admin.close() }
            try await body(
                Stage(
                    tester: tester, tables: try await tables(tester), own: own, foreign: foreign,
                    connection: connection, admin: admin))
        }
    }

    /// What `Things` leaves empty.
    private func fillRest(
        _ tester: GraphQLTester, _ tenant: GraphQLTester.TestTenant
    ) async throws {
        _ = try await tester.makePeer(
            "test.tokens", tokens: ["token of \(tenant.id)"], as: tenant.credentials)
        for operation in [
            "setWebhook(input: {url: \"https://wallet.example/hook\"})", "sendTestWebhook",
        ] {
            _ = try await tester.mutate(
                "mutation { \(operation) { code } }", as: tenant.credentials)
        }
        _ = try await tester.send(
            "mutation { finalizeLiquidityWithdrawal(withdrawalId: \"x\") { code } }", under: "key",
            as: tenant.credentials)
        let id = UUID(uuidString: tenant.id)
        let setting = LocalSetting(name: "app.tenant_id", value: tenant.id)
        try await tester.pool.transaction(settings: [setting]) { transaction in
            _ = try await transaction.execute(
                """
                insert into hazina.retention_marks (tenant_id, kind, last_id)
                values (\(id), 'quote', \(UUID()))
                """)
        }
    }

    private func tables(_ tester: GraphQLTester) async throws -> [Table] {
        try await tester.pool.read(
            """
            select c.relname::text as name, array_agg(a.attname::text order by a.attnum) as columns,
                coalesce(array_agg(a.attname::text order by a.attnum) filter (
                    where has_column_privilege(c.oid, a.attnum, 'update')), '{}') as changeable
            from pg_class c
            join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            where c.relnamespace = 'hazina'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
            group by c.relname order by c.relname
            """
        ).map { row in
            Table(
                name: try row.decode("name"), columns: try row.decode("columns"),
                changeable: try row.decode("changeable"))
        }
    }

    /// Runs a statement as the server's role in the own tenant, and undoes it.
    /// - Returns: how many rows it concerned; nil if it was refused, as `states` say.
    private func attempt(
        _ statement: String, _ stage: Stage, allowing states: Set<String> = ["42501"],
        tenant: String? = nil
    ) async throws -> Int? {
        let connection = stage.connection
        try await connection.execute(
            script: "begin; set local app.tenant_id = '\(tenant ?? stage.own.id)'")
        let count: Int?
        do {
            let rows = try await connection.query("\(unescaped: statement)")
            count = try rows.first?.decode("count", as: Int.self) ?? 0
        } catch let error as PostgresError where states.contains(error.sqlState ?? "") {
            count = nil
        }
        try await connection.execute(script: "rollback")
        return count
    }

    private func counted(_ statement: String) -> String {
        "with w as (\(statement) returning 1) select count(*)::int8 as count from w"
    }

    @Test func `no row of another tenant is read, changed, removed or locked`() async throws {
        try await with { stage in
            #expect(stage.tables.count >= 30)
            for table in stage.tables where table.hasTenant {
                let name = "hazina.\(table.name)"
                let foreign = "tenant_id = '\(stage.foreign.id)'"
                let read = "select count(*)::int8 as count from \(name) where \(foreign)"
                try await expectSomething(in: name, of: stage.foreign, stage)
                var statements = [
                    read, counted("delete from \(name) where \(foreign)"),
                    "select count(*)::int8 as count from "
                        + "(select 1 from \(name) where \(foreign) for update) l",
                    "select count(*)::int8 as count from \(name) a join \(name) b using (tenant_id)"
                        + " where a.\(foreign)",
                ]
                for column in table.changeable {
                    statements.append(
                        counted("update \(name) set \(column) = \(column) where \(foreign)"))
                }
                for statement in statements {
                    let count = try await attempt(statement, stage)
                    #expect(count == nil || count == 0, "\(statement)")
                }
            }
        }
    }

    /// Otherwise it would prove nothing that none of its rows are seen.
    private func expectSomething(
        in table: String, of tenant: GraphQLTester.TestTenant, _ stage: Stage
    ) async throws {
        let rows = try await stage.admin.query(
            "select 1 from \(unescaped: table) where tenant_id = \(UUID(uuidString: tenant.id))")
        #expect(!rows.isEmpty, "\(table) is empty: let the test make something in it")
    }

    @Test func `no row is made for another tenant, nor handed over to one`() async throws {
        try await with { stage in
            for table in stage.tables where table.hasTenant {
                let name = "hazina.\(table.name)"
                let row = try await row(of: stage.foreign, in: name, stage)
                let made = counted(
                    "insert into \(name) select * from jsonb_populate_record(null::\(name), '\(row)')"
                )
                // An identity column refuses before the privilege is looked at.
                let count = try await attempt(made, stage, allowing: ["42501", "428C9"])
                #expect(count == nil, "\(made)")
                let given = counted("update \(name) set tenant_id = '\(stage.foreign.id)'")
                #expect(try await attempt(given, stage) == nil, "\(given)")
            }
        }
    }

    private func row(
        of tenant: GraphQLTester.TestTenant, in table: String, _ stage: Stage
    ) async throws -> String {
        let rows = try await stage.admin.query(
            """
            select to_jsonb(t)::text as row from \(unescaped: table) t
            where tenant_id = \(UUID(uuidString: tenant.id)) limit 1
            """)
        let text: String = try #require(rows.first).decode("row")
        return text.replacing("'", with: "''")
    }

    @Test func `no table is emptied, copied to files, altered or dropped, nor its owner lent`()
        async throws
    {
        try await with { stage in
            for table in stage.tables {
                let name = "hazina.\(table.name)"
                for statement in [
                    "truncate \(name)", "copy \(name) to '/tmp/hazina-copy'",
                    "copy \(name) to program 'cat'", "copy \(name) from '/dev/null'",
                    "alter table \(name) disable row level security",
                    "alter table \(name) owner to current_user", "drop table \(name)",
                    "create policy mine on \(name) using (true)",
                    "create trigger mine before insert on \(name) execute function now()",
                    "create index on \(name) (\(table.columns[0]))",
                    "comment on table \(name) is 'mine'",
                ] {
                    do {
                        let count = try await attempt(
                            statement, stage, allowing: ["42501", "0A000"])
                        #expect(count == nil, "\(statement)")
                    } catch let error as PostgresError {
                        Issue.record("\(statement): \(error)")
                    }
                }
            }
        }
    }

    @Test func `without a tenant, or as one that is none, there are no rows at all`() async throws {
        try await with { stage in
            for table in stage.tables where table.hasTenant {
                for tenant in ["", UUID().uuidString] {
                    let count = try await attempt(
                        "select count(*)::int8 as count from hazina.\(table.name)", stage,
                        tenant: tenant)
                    #expect(count == nil || count == 0, "\(table.name) as '\(tenant)'")
                }
            }
        }
    }
}
