import Foundation
import Postgres

/// What `doctor` asks the database.
struct DatabaseFactsRepository {
    let connection: DirectConnection

    /// Tables of the schema that hold a tenant's rows and do not force row-level security, by name.
    /// The directories that find the tenant in the first place are no such tables: the server's
    /// role has no privilege on them.
    func unprotectedTables(schema: String) async throws -> [String] {
        let rows = try await connection.query(
            """
            -- doctor.unprotected_tables
            select c.relname::text as name
            from pg_class c
            where c.relnamespace = to_regnamespace(\(schema)) and c.relkind in ('r', 'p')
                and exists (
                    select 1 from pg_attribute a
                    where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
                and not (c.relrowsecurity and c.relforcerowsecurity)
                and has_table_privilege(current_user, c.oid, 'select, insert, update, delete')
            order by 1
            """)
        return try rows.map { try $0.decode("name") }
    }

    /// How many tables of the schema force row-level security.
    func protectedTableCount(schema: String) async throws -> Int {
        let rows = try await connection.query(
            """
            -- doctor.protected_tables
            select count(*) as count from pg_class
            where relnamespace = to_regnamespace(\(schema)) and relrowsecurity
                and relforcerowsecurity
            """)
        return Int(try rows.first?.decode("count", as: Int64.self) ?? 0)
    }

    /// The database's clock, in seconds since 1970.
    func clock() async throws -> Double {
        let rows = try await connection.query(
            """
            -- doctor.clock
            select extract(epoch from clock_timestamp())::float8 as now
            """)
        return try rows.first?.decode("now") ?? 0
    }

    /// How many connections the server's role may open at most.
    func connectionLimit() async throws -> Int {
        let rows = try await connection.query(
            """
            -- doctor.connection_limit
            select least(
                current_setting('max_connections')::int
                    - current_setting('superuser_reserved_connections')::int,
                case when r.rolconnlimit < 0 then 2147483647 else r.rolconnlimit end,
                case when d.datconnlimit < 0 then 2147483647 else d.datconnlimit end
            )::int as allowed
            from pg_roles r, pg_database d
            where r.rolname = current_user and d.datname = current_database()
            """)
        return Int(try rows.first?.decode("allowed", as: Int32.self) ?? 0)
    }
}
