import Foundation
import Logging
import Postgres

/// What `dev` does: finds or makes a database, migrates it, and serves.
struct DevServer: Sendable {
    static let serverRole = "hazina_server"

    var settings: Settings
    var folder: DevFolder
    var operatorKey: String
    var logger: Logger
    var environment: [String: String]

    func run() async throws {
        if let url = settings.database.url {
            try await serve(on: try await prepared(url))
        } else {
            try await serveOnPrivateDatabase()
        }
    }

    // MARK: A database of our own

    private func serveOnPrivateDatabase() async throws {
        try folder.lock()
        let cluster = DevCluster(folder: folder)
        logger.info("starting the private database", metadata: ["folder": .string(folder.path)])
        let running = try await cluster.start(searchPath: environment["PATH"])
        do {
            let password = try PrivateFile.secret(at: folder.serverPasswordPath)
            try await migrate(
                SchemaMigration(
                    owner: try running.url(
                        user: DevCluster.superuser, password: running.superuserPassword),
                    serverRole: Self.serverRole, password: password))
            try await serve(on: try running.url(user: Self.serverRole, password: password))
        } catch {
            try? await cluster.stop(running)
            throw error
        }
        try await cluster.stop(running)
    }

    // MARK: A database that runs already

    /// Migrates the database.
    /// - Returns: the URL to serve with. Development URLs are often a superuser's, whom row-level
    ///   security does not bind; then it is that of a role of our own.
    private func prepared(_ url: ConnectionURL) async throws -> ConnectionURL {
        let owner = settings.database.ownerURL ?? url
        guard try await isSuperuser(url) else {
            try await migrate(
                SchemaMigration(owner: owner, server: url, environment: environment))
            return url
        }
        let password = try PrivateFile.secret(at: folder.serverPasswordPath)
        // Roles belong to all databases of the server: one of a name that nobody else uses.
        let role = "hazina_dev_" + (try PrivateFile.secret(at: folder.serverRolePath)).prefix(8)
        try await migrate(SchemaMigration(owner: owner, serverRole: role, password: password))
        logger.notice("DATABASE_URL names a superuser; serving as the role \(role) instead")
        return url.with(user: role, password: password)
    }

    private func isSuperuser(_ url: ConnectionURL) async throws -> Bool {
        do {
            let connection = try await DirectConnection.open(
                url: url.text, applicationName: "hazina dev")
            defer { connection.close() }
            return try await DevDatabaseRepository(connection: connection).isSuperuser()
        } catch {
            throw CommandFailure(error, doing: "reach the database")
        }
    }

    // MARK: Both

    private func migrate(_ migration: SchemaMigration) async throws {
        for step in try await migration.run() { logger.info("\(step)") }
    }

    private func serve(on database: ConnectionURL) async throws {
        try PrivateFile.write(database.text + "\n", to: folder.databaseURLPath)
        let previous = [settings.access.previousOperatorKey].compactMap { $0 }
        try await ServerRun(
            settings: settings, database: database, operatorKeys: [operatorKey] + previous,
            logger: logger
        ) { [operatorKey] url in
            Console.out(Self.welcome(url: url, operatorKey: operatorKey))
        }.run()
    }

    /// What to do first, with a request that works as it stands.
    static func welcome(url: String, operatorKey: String) -> String {
        // A key may hold anything; within single quotes the shell leaves all but those alone.
        let header = "x-api-key: \(operatorKey)"
        return """

            Hazina is ready.

              URL:          \(url)
              Operator key: \(operatorKey)

            Try it:

              curl -s \(url) -H 'content-type: application/json' \
            -H \(DevCluster.quoted(header)) \
            -d '{"query":"{ whoami { role tenant { id name } } }"}'

            """
    }
}
