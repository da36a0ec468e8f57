import App
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

    /// Gives a role the password, because the one that it has is not known here.
    /// - Parameter password: hexadecimal digits.
    func setPassword(_ password: String, of role: String) async throws {
        try await connection.execute(
            script: """
                alter role \(DatabaseSetup.quoteIdentifier(role)) login password '\(password)'
                """)
    }
}
