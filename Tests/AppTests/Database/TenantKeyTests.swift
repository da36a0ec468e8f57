import Foundation
import Postgres
import TestSupport
import Testing

@testable import App

/// Keys by which the tables can be divided among databases or nodes, as docs/scaling.md says.
@Suite struct TenantKeyTests {
    /// Tables over all tenants, which find a tenant or its work; found by what they look up.
    private static let keyedOtherwise: Set<String> = [
        "client_key_directory", "credential_directory", "payment_pointer_directory",
        "peer_token_directory", "schema_migrations",
    ]
    /// These belong to no tenant's part either, though their keys begin with it: they are read over
    /// all tenants.
    private static let readOverAll: Set<String> = [
        "ledger_expiries", "tenant_directory", "webhook_queue", "webhook_receivers", "work",
    ]

    private struct Key: Sendable {
        let table: String
        let name: String
        let columns: [String]
        /// Of a foreign key: the table and columns that it leads to.
        let target: String?
        let targetColumns: [String]
    }

    /// Primary keys, unique indexes and foreign keys of all tables.
    private func keys(_ pool: Pool) async throws -> [Key] {
        let rows = try await pool.read(
            """
            select t.relname::text as table_name, x.relname::text as name, (
                    select array_agg(coalesce(a.attname::text, '') order by k.place)
                    from unnest(i.indkey::integer[]) with ordinality k (number, place)
                    left join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number
                    where k.place <= i.indnkeyatts
                ) as columns, null::text as target, '{}'::text[] as target_columns
            from pg_index i
            join pg_class t on t.oid = i.indrelid
            join pg_class x on x.oid = i.indexrelid
            where t.relnamespace = 'hazina'::regnamespace and i.indisunique
            union all
            select t.relname::text, c.conname::text, (
                    select array_agg(a.attname::text order by k.place)
                    from unnest(c.conkey) with ordinality k (number, place)
                    join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number
                ), f.relname::text, (
                    select array_agg(a.attname::text order by k.place)
                    from unnest(c.confkey) with ordinality k (number, place)
                    join pg_attribute a on a.attrelid = f.oid and a.attnum = k.number
                )
            from pg_constraint c
            join pg_class t on t.oid = c.conrelid
            join pg_class f on f.oid = c.confrelid
            where t.relnamespace = 'hazina'::regnamespace and c.contype = 'f'
            order by 1, 2
            """)
        return try rows.map { row in
            Key(
                table: try row.decode("table_name"), name: try row.decode("name"),
                columns: try row.decode("columns"), target: try row.decode("target"),
                targetColumns: try row.decode("target_columns"))
        }
    }

    private func with(_ body: (Pool) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let pool = try await database.pool(size: 1)
            do { try await body(pool) } catch { Issue.record(error) }
            await pool.shutdown()
        }
    }

    @Test func `every key of a tenant's table begins with the tenant, but for directories`()
        async throws
    {
        try await with { pool in
            let keys = try await keys(pool)
            let unique = keys.filter { $0.target == nil }
            #expect(unique.count >= 30)
            for key in unique where !Self.keyedOtherwise.contains(key.table) {
                #expect(key.columns.first == "tenant_id", "\(key.table): \(key.name)")
            }
            // No exception that is none, or is no longer there.
            for table in Self.keyedOtherwise {
                let own = unique.filter { $0.table == table }
                #expect(!own.isEmpty && own.allSatisfy { $0.columns.first != "tenant_id" })
            }
        }
    }

    @Test func `every foreign key leads from a tenant to the same tenant`() async throws {
        try await with { pool in
            let foreign = try await keys(pool).filter { $0.target != nil }
            #expect(foreign.count >= 30)
            for key in foreign {
                #expect(key.columns.first == "tenant_id", "\(key.table): \(key.name)")
                #expect(key.targetColumns.first == "tenant_id", "\(key.table): \(key.name)")
            }
            // What a node would hold refers to nothing that it would not.
            let apart = Self.keyedOtherwise.union(Self.readOverAll)
            for key in foreign where !apart.contains(key.table) {
                #expect(!apart.contains(key.target ?? ""), "\(key.table): \(key.name)")
            }
        }
    }

    @Test func `every table is the tenant's, or one of those over all tenants that are named`()
        async throws
    {
        try await with { pool in
            let rows = try await pool.read(
                """
                select c.relname::text as name, c.relforcerowsecurity as is_tenants,
                    exists (
                        select 1 from pg_attribute a
                        where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnum > 0
                    ) as has_tenant
                from pg_class c
                where c.relnamespace = 'hazina'::regnamespace and c.relkind in ('r', 'p')
                """)
            #expect(rows.count >= 30)
            let apart = Self.keyedOtherwise.union(Self.readOverAll)
            for row in rows {
                let name: String = try row.decode("name")
                let isTenants: Bool = try row.decode("is_tenants")
                #expect(isTenants != apart.contains(name), "\(name)")
                if isTenants { #expect(try row.decode("has_tenant"), "\(name)") }
            }
        }
    }

    @Test func `the documentation names the tables that are not divided`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/scaling.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        for table in Self.keyedOtherwise.union(Self.readOverAll) {
            #expect(text.contains("`\(table)`"), "\(table)")
        }
    }
}
