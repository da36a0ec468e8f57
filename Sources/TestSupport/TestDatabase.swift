import App
import Foundation
package import Logging
package import Postgres
import Synchronization

/// A migrated database of one test, cloned from a template that is migrated once a process.
package struct TestDatabase: Sendable {
    package let name: String
    /// Of a superuser.
    package let adminURL: String
    /// Of a role such as the server's.
    package let serverURL: String

    /// A database that is there already.
    package init(name: String, adminURL: String, serverURL: String) {
        self.name = name
        self.adminURL = adminURL
        self.serverURL = serverURL
    }

    /// Runs `body` with a database of its own, which is dropped afterwards.
    package static func with<Result: Sendable>(
        _ body: (TestDatabase) async throws -> Result
    ) async throws -> Result {
        await Turns.shared.take()
        do {
            let database = try await make()
            do {
                let result = try await body(database)
                try await database.drop()
                await Turns.shared.giveBack()
                return result
            } catch {
                try? await database.drop()
                throw error
            }
        } catch {
            await Turns.shared.giveBack()
            throw error
        }
    }

    /// Runs statements as a superuser.
    package func administer(_ script: String) async throws {
        try await Self.admin(adminURL) { connection in
            try await connection.execute(script: script)
        }
    }

    /// A started pool of the server's role.
    /// - Parameter lockWait: how long a statement waits for a lock at a time; nil for its whole
    ///   time, so that dead-locks are found.
    package func pool(size: Int = 4, lockWait: Duration? = nil) async throws -> Pool {
        var configuration = PoolConfiguration(url: serverURL)
        configuration.size = size
        configuration.acquireTimeout = .seconds(20)
        configuration.lockWait = lockWait
        let pool = Pool(configuration, logger: TestSupport.logger)
        try await pool.start()
        return pool
    }

    private static func make() async throws -> TestDatabase {
        let template = try await Template.shared.name()
        let name = "hazina_test_\(UUID().uuidString.lowercased().replacing("-", with: ""))"
        try await admin(TestSupport.clusterURL()) { connection in
            try await connection.execute(
                script: "create database \(name) template \(template)")
        }
        return TestDatabase(
            name: name, adminURL: try TestSupport.url(database: name),
            serverURL: try TestSupport.url(
                database: name, user: Template.role, password: Template.password))
    }

    private func drop() async throws {
        try await Self.admin(TestSupport.clusterURL()) { connection in
            try await connection.execute(script: "drop database \(name) with (force)")
        }
    }

    package static func admin(
        _ url: String, _ body: (DirectConnection) async throws -> Void
    ) async throws {
        let connection = try await DirectConnection.open(url: url)
        do {
            try await body(connection)
        } catch {
            connection.close()
            throw error
        }
        connection.close()
    }
}

/// Lets so many tests have a database at a time as the cluster has connections for.
private actor Turns {
    static let shared = Turns()
    private var free = 8
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func giveBack() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}

/// The migrated template, made by whoever needs it first.
private actor Template {
    static let shared = Template()
    static let role = "hazina_test_server"
    static let password = "hazina_test_server"
    private var task: Task<String, any Error>?

    func name() async throws -> String {
        if let task { return try await task.value }
        let task = Task { try await Self.make() }
        self.task = task
        return try await task.value
    }

    private static func make() async throws -> String {
        let name = "hazina_template_\(ProcessInfo.processInfo.processIdentifier)"
        try await TestDatabase.admin(TestSupport.clusterURL()) { connection in
            try await connection.execute(script: "drop database if exists \(name)")
            try await connection.execute(script: "create database \(name)")
        }
        try await TestDatabase.admin(TestSupport.url(database: name)) { connection in
            _ = try await DatabaseSetup.migrate(
                on: connection, serverRole: role, password: password)
        }
        return name
    }
}

/// What the tests share.
package enum TestSupport {
    package struct MissingDatabase: Error, CustomStringConvertible {
        package let description =
            "HAZINA_TEST_DATABASE_URL is not set: run the tests with `make test`, "
            + "or one suite with `scripts/with-postgres swift test --filter NAME`"
    }

    /// Quiet, unless something is badly wrong.
    package static var logger: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    /// Of a superuser of the test cluster.
    package static func clusterURL() throws -> String {
        guard let url = ProcessInfo.processInfo.environment["HAZINA_TEST_DATABASE_URL"] else {
            throw MissingDatabase()
        }
        return url
    }

    /// The cluster's URL for another database and, if given, another role.
    package static func url(
        database: String, user: String? = nil, password: String? = nil
    ) throws -> String {
        guard var components = URLComponents(string: try clusterURL()) else {
            throw MissingDatabase()
        }
        components.path = "/" + database
        if let user { components.user = user }
        if let password { components.password = password }
        return components.string ?? ""
    }
}
