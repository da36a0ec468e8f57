import Migrations
package import Postgres

/// The database's schema as against the one this server was built with.
package enum SchemaVersion {
    static let migrator = Migrator(
        schema: DatabaseSetup.schema, owner: DatabaseSetup.ownerRole,
        migrations: Migrations.all.map {
            Migration(
                version: $0.version, name: $0.name, sql: $0.sql, breaksOlder: $0.breaksOlder)
        })

    /// The version that this server needs.
    package static var required: Int { Migrations.all.last?.version ?? 0 }

    /// How the database compares; everything is missing where nothing was ever migrated.
    package static func state(_ pool: Pool) async throws -> SchemaState {
        do {
            return try migrator.state(appliedRows: try await pool.read(migrator.appliedQuery))
        } catch  where Migrator.isNeverMigrated(error) {
            return migrator.state(applied: [])
        }
    }

    /// Whether the database's host takes writes: a standby, or one that was set so, does not.
    package static func takesWrites(_ pool: Pool) async throws -> Bool {
        let rows = try await pool.read(
            """
            -- database.takes_writes
            select current_setting('transaction_read_only') = 'off' as is_open
            """)
        return try rows.first?.decode("is_open") ?? false
    }
}
