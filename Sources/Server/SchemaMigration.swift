import App
import Foundation
import Postgres

/// Brings a database to this version's schema, and gives the server's role what it needs.
struct SchemaMigration {
    /// Of a role that may change the schema.
    var owner: ConnectionURL
    /// The role that the server logs in as.
    var serverRole: String
    /// The role's password if it must be made.
    var password: String?

    /// For the server's URL, whose role and password it takes.
    init(owner: ConnectionURL, server: ConnectionURL, environment: [String: String]) {
        self.owner = owner
        serverRole = server.user ?? Self.defaultRole(environment)
        password = server.password
    }

    init(owner: ConnectionURL, serverRole: String, password: String) {
        self.owner = owner
        self.serverRole = serverRole
        self.password = password
    }

    /// - Returns: what was done, a line each; empty when the schema was up to date.
    func run() async throws -> [String] {
        let variable = "HAZINA_MIGRATE_URL (or DATABASE_URL)"
        do {
            let connection = try await DirectConnection.open(
                url: owner.text, applicationName: "hazina migrate")
            defer { connection.close() }
            let report = try await DatabaseSetup.migrate(
                on: connection, serverRole: serverRole, password: password)
            return report.steps
                + report.applied.map { migration in
                    let number = String(migration.version)
                    let padding = String(repeating: "0", count: max(0, 4 - number.count))
                    return "Applied \(padding)\(number) \(migration.name)"
                }
        } catch {
            throw CommandFailure(error, doing: "migrate the database", variable: variable)
        }
    }

    /// The role that libpq uses when the URL names none.
    static func defaultRole(_ environment: [String: String]) -> String {
        if let name = environment["PGUSER"], !name.isEmpty { return name }
        return NSUserName()
    }
}
