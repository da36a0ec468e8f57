import Postgres

/// What `dev` asks of a database that it was pointed at.
struct DevDatabaseRepository {
    let connection: DirectConnection

    func isSuperuser() async throws -> Bool {
        let rows = try await connection.query(
            """
            -- dev.is_superuser
            select rolsuper from pg_roles where rolname = current_user
            """)
        return try rows.first?.decode("rolsuper") ?? false
    }
}
