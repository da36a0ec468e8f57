/// Brings a schema to the newest of its steps, forward only.
///
/// The applied steps are rows of `<schema>.schema_migrations`. Each step runs in a transaction of
/// its
/// own together with its row, so an interrupted run is resumed by the next one; an advisory lock
/// lets concurrent runs wait for each other.
public struct Migrator: Sendable {
    /// The schema the steps work on, which also holds their table.
    public let schema: String
    /// The role that owns everything made here; the connection's own role when there is none.
    public let owner: String?
    /// The steps this program knows, in order.
    public let migrations: [Migration]

    /// A migrator for one schema.
    /// - Parameter migrations: numbered 1, 2, 3 ... in any order.
    public init(schema: String, owner: String? = nil, migrations: [Migration]) {
        self.schema = schema
        self.owner = owner
        self.migrations = migrations.sorted { $0.version < $1.version }
    }

    // MARK: Comparing

    /// The statement that lists the applied steps, for `state(appliedRows:)`. It fails with
    /// `42P01` or `3F000` when nothing was ever migrated.
    public var appliedQuery: SQL {
        """
        -- postgres.applied_migrations
        select version, name, checksum, breaks_older from \(unescaped: table) order by version
        """
    }

    /// Compares the rows that `appliedQuery` answered with the known steps.
    public func state(appliedRows rows: Rows) throws -> SchemaState {
        state(applied: try rows.map(AppliedMigration.init))
    }

    /// Compares applied steps with the known ones.
    public func state(applied: [AppliedMigration]) -> SchemaState {
        for (index, migration) in migrations.enumerated() where migration.version != index + 1 {
            return .incompatible(
                reason: "this program's migrations have a gap or a duplicate at \(index + 1)")
        }
        let applied = applied.sorted { $0.version < $1.version }
        for (index, row) in applied.enumerated() {
            guard row.version == index + 1 else {
                return .incompatible(reason: "the database lacks migration \(index + 1)")
            }
            if index >= migrations.count {
                guard row.breaksOlder else { continue }
                return .incompatible(
                    reason: "the database has migration \(row.version) (\(row.name)), which needs "
                        + "a newer program")
            }
            guard row.checksum == migrations[index].checksum else {
                return .incompatible(
                    reason: "migration \(row.version) (\(row.name)) was changed after it had been "
                        + "applied")
            }
        }
        if applied.count > migrations.count { return .newerCompatible }
        if applied.count < migrations.count { return .behind(Array(migrations[applied.count...])) }
        return .current
    }

    /// Whether an error of `appliedQuery` says that nothing was ever migrated.
    public static func isNeverMigrated(_ error: any Error) -> Bool {
        guard let error = error as? PostgresError else { return false }
        return error.sqlState == "42P01" || error.sqlState == "3F000"
    }

    /// How the database compares; everything is missing where nothing was ever migrated.
    public func state(on connection: DirectConnection) async throws -> SchemaState {
        do {
            return try state(appliedRows: try await connection.query(appliedQuery))
        } catch  where Self.isNeverMigrated(error) {
            return state(applied: [])
        }
    }

    /// The steps that `migrate` would run.
    /// - Throws: `PostgresError` of kind `.migration` when the schema is incompatible.
    public func pending(on connection: DirectConnection) async throws -> [Migration] {
        try missing(in: try await state(on: connection))
    }

    // MARK: Migrating

    /// Runs what is missing.
    ///
    /// The connection's role must be able to create the schema (only if it is missing) and to
    /// `SET ROLE` to the owner. Connect directly, not through a transaction pooler.
    /// - Returns: the steps this call ran.
    /// - Throws: `PostgresError` of kind `.migration` when the schema is incompatible; the server's
    ///   error, with the step's name as its statement, when a step fails. Steps before it stay.
    public func migrate(on connection: DirectConnection) async throws -> [Migration] {
        try await locked(connection) { try await prepare(connection) }
        var ran: [Migration] = []
        while let next = try await locked(connection, { try await runNext(connection) }) {
            ran.append(next)
        }
        return ran
    }

    private func missing(in state: SchemaState) throws -> [Migration] {
        switch state {
        case .current, .newerCompatible: return []
        case .behind(let migrations): return migrations
        case .incompatible(let reason): throw PostgresError(.migration, reason)
        }
    }

    /// Runs `body` in a transaction that no other migrator of this schema runs beside.
    private func locked<Value>(
        _ connection: DirectConnection, _ body: () async throws -> Value
    ) async throws -> Value {
        try await connection.execute(script: "begin isolation level read committed")
        do {
            try await connection.query(
                "select pg_advisory_xact_lock(hashtextextended(\("migrate " + schema), 0))")
            let value = try await body()
            try await connection.execute(script: "commit")
            return value
        } catch {
            try? await connection.execute(script: "rollback")
            throw error
        }
    }

    private func prepare(_ connection: DirectConnection) async throws {
        let exists = try await connection.query(
            "select to_regclass(\(table))::text is not null as present")
        if try exists.first?.decode("present") ?? false { return }
        let schemaExists = try await connection.query(
            "select to_regnamespace(\(quotedSchema)) is not null as present")
        if try !(schemaExists.first?.decode("present") ?? false) {
            let authorization = owner.map { " authorization " + Self.quoted($0) } ?? ""
            try await connection.execute(script: "create schema \(quotedSchema)\(authorization)")
        }
        try await become(connection)
        try await connection.execute(
            script: """
                create table \(table) (
                    version integer primary key check (version > 0),
                    name text not null,
                    checksum text not null,
                    breaks_older boolean not null,
                    applied_at timestamptz not null default now()
                )
                """)
    }

    private func runNext(_ connection: DirectConnection) async throws -> Migration? {
        let applied = try await connection.query(appliedQuery)
        guard let next = try missing(in: try state(appliedRows: applied)).first else { return nil }
        try await become(connection)
        do {
            try await connection.execute(script: next.sql)
        } catch var error as PostgresError {
            error.statement = "migration \(next.version) (\(next.name))"
            throw error
        }
        // The step may have changed the role; its row is the owner's all the same.
        try await become(connection)
        try await connection.query(
            """
            insert into \(unescaped: table) (version, name, checksum, breaks_older)
            values (\(next.version)::int8::int4, \(next.name), \(next.checksum),
                \(next.breaksOlder))
            """)
        return next
    }

    private func become(_ connection: DirectConnection) async throws {
        guard let owner else { return }
        try await connection.execute(script: "set local role \(Self.quoted(owner))")
    }

    private var quotedSchema: String { Self.quoted(schema) }
    private var table: String { quotedSchema + ".schema_migrations" }

    /// A name as an SQL identifier.
    public static func quoted(_ name: String) -> String {
        "\""
            + name.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
    }
}
