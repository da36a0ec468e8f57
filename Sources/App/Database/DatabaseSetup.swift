import Migrations
package import Postgres

/// Brings a database to this server's schema: roles, migrations, grants.
package enum DatabaseSetup {
    package static let schema = "hazina"
    /// Owns all objects; cannot log in, and row-level security binds it.
    package static let ownerRole = "hazina_owner"

    /// What `migrate` did, for people.
    package struct Report: Sendable {
        package var steps: [String] = []
        package var applied: [Migration] = []
    }

    /// What stops a set-up, and how to mend it.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// - Parameters:
    ///   - connection: of a superuser, or of a role that may create roles and schemas; direct,
    /// since
    ///     it holds a session's lock so that set-ups of one database come one after the other.
    ///   - serverRole: the role that the server logs in as; made if it is missing.
    ///   - password: of the server's role if it must be made; nil for none.
    package static func migrate(
        on connection: DirectConnection, serverRole: String, password: String?
    ) async throws -> Report {
        try await connection.query("select pg_advisory_lock(hashtext('hazina.setup'))")
        do {
            let report = try await setUp(connection, serverRole: serverRole, password: password)
            try await connection.query("select pg_advisory_unlock(hashtext('hazina.setup'))")
            return report
        } catch {
            // Also ends a script that failed within its transaction.
            try? await connection.execute(script: "rollback")
            _ = try? await connection.query(
                "select pg_advisory_unlock(hashtext('hazina.setup'))")
            throw error
        }
    }

    private static func setUp(
        _ connection: DirectConnection, serverRole: String, password: String?
    ) async throws -> Report {
        var report = Report()
        if try await createRole(ownerRole, options: "nologin", on: connection) {
            report.steps.append("Created role \(ownerRole)")
        }
        try await checkOwner(on: connection)
        try await joinOwner(on: connection)
        report.applied = try await SchemaVersion.migrator.migrate(on: connection)
        var login = "login"
        if let password {
            let stored = try await connection.encrypted(password: password, ofRole: serverRole)
            login += " password \(quoteLiteral(stored))"
        }
        if try await createRole(serverRole, options: login, on: connection) {
            report.steps.append("Created role \(serverRole)")
        }
        // A newer version's grants are more than these, which would take them away.
        if try await SchemaVersion.migrator.state(on: connection) == .newerCompatible {
            report.steps.append("Left the grants as a newer version made them")
        } else {
            try await grant(to: serverRole, on: connection)
        }
        return report
    }

    /// - Returns: whether it was missing.
    private static func createRole(
        _ role: String, options: String, on connection: DirectConnection
    ) async throws -> Bool {
        let found = try await connection.query(
            "select 1 from pg_roles where rolname = \(role)")
        guard found.isEmpty else { return false }
        do {
            try await connection.execute(script: "create role \(quoteIdentifier(role)) \(options)")
            return true
        } catch let error as PostgresError
            where error.sqlState == "42710" || error.sqlState == "23505"
        {
            return false  // another migrate of this cluster made it meanwhile
        } catch let error as PostgresError where error.sqlState == "42501" {
            throw Failure(
                description: """
                    role \(role) is missing and this role may not create it: point \
                    HAZINA_MIGRATE_URL at a superuser or a role with CREATEROLE, or run \
                    `create role \(quoteIdentifier(role)) \
                    \(options.hasPrefix("nologin") ? "nologin" : "login password '…'")` as one
                    """)
        }
    }

    private static func checkOwner(on connection: DirectConnection) async throws {
        let unfit = try await connection.query(
            """
            select 1 from pg_roles
            where rolname = \(ownerRole) and (rolsuper or rolbypassrls or rolcanlogin)
            """)
        guard unfit.isEmpty else {
            throw Failure(
                description: """
                    role \(ownerRole) must be NOLOGIN, NOSUPERUSER and NOBYPASSRLS, since \
                    it owns the tables: alter it as a superuser
                    """)
        }
    }

    /// A role that is not a superuser must be a member of the owner to work as it; one that may
    /// make itself a member does.
    private static func joinOwner(on connection: DirectConnection) async throws {
        // From PostgreSQL 16 on, who creates a role is a member that may not yet SET ROLE to it.
        let privilege = connection.serverVersion >= 160_000 ? "set" : "member"
        let rows = try await connection.query(
            "select pg_has_role(current_user, \(ownerRole), \(privilege)) as may_become")
        if try rows.first?.decode("may_become") ?? false { return }
        do {
            try await connection.execute(script: "grant \(ownerRole) to current_user")
        } catch let error as PostgresError where error.sqlState == "42501" {
            throw Failure(
                description: """
                    this role is no member of \(ownerRole): run `grant \(ownerRole) to \
                    <the role of HAZINA_MIGRATE_URL>` as a superuser
                    """)
        }
    }

    private static func grant(to role: String, on connection: DirectConnection) async throws {
        let grants = Migrations.grants.replacing(":server", with: quoteIdentifier(role))
        try await connection.execute(
            script: """
                begin;
                set local role \(ownerRole);
                \(grants)
                commit;
                """)
    }

    package static func quoteIdentifier(_ name: String) -> String {
        "\"" + name.replacing("\"", with: "\"\"") + "\""
    }

    private static func quoteLiteral(_ text: String) -> String {
        // E'' so that the meaning does not hang on standard_conforming_strings.
        "E'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}
