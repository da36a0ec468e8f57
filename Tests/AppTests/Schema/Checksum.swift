import Postgres

/// What tells whether anything has changed in the database.
enum Checksum {
    /// Of every table, but for the log of what was tried.
    static func ofTables(_ connection: DirectConnection) async throws -> [String] {
        let tables = try await connection.query(
            """
            select c.relname::text as name from pg_class c
            where c.relnamespace = 'hazina'::regnamespace and c.relkind in ('r', 'p')
                and c.relname <> 'audit_log'
            order by 1
            """
        ).map { try $0.decode("name", as: String.self) }
        let sums = tables.map { table in
            """
            select '\(table) ' || count(*) || ' ' || coalesce(
                md5(string_agg(t::text, '|' order by t::text)), '') as line from hazina.\(table) t
            """
        }
        return try await connection.query("\(unescaped: sums.joined(separator: " union all "))")
            .map { try $0.decode("line") }
    }
}
