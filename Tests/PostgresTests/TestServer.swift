import Foundation
import Logging
import Postgres
import Testing

/// The database server that the tests run on.
enum TestServer {
    struct Missing: Error, CustomStringConvertible {
        let description = """
            HAZINA_TEST_DATABASE_URL is not set: run the tests with `make test`, which starts a \
            PostgreSQL of its own, or set it to the URL of a superuser.
            """
    }

    /// A superuser's URL.
    static func url() throws -> String {
        guard let url = ProcessInfo.processInfo.environment["HAZINA_TEST_DATABASE_URL"] else {
            throw Missing()
        }
        return url
    }

    static let logger: Logger = {
        var logger = Logger(label: "postgres.tests")
        logger.logLevel = .critical
        return logger
    }()

    /// A started pool for the length of `body`.
    static func withPool<Value>(
        size: Int = 4, _ change: (inout PoolConfiguration) -> Void = { _ in },
        _ body: (Pool) async throws -> Value
    ) async throws -> Value {
        var configuration = PoolConfiguration(url: try url(), size: size)
        configuration.shutdownTimeout = .seconds(2)
        change(&configuration)
        let pool = Pool(configuration, logger: logger)
        try await pool.start()
        do {
            let value = try await body(pool)
            await pool.shutdown()
            return value
        } catch {
            await pool.shutdown()
            throw error
        }
    }

    /// A plain connection for the length of `body`.
    static func withConnection<Value>(
        _ body: (DirectConnection) async throws -> Value
    ) async throws -> Value {
        let connection = try await DirectConnection.open(url: try url())
        defer { connection.close() }
        return try await body(connection)
    }

    /// A name for a table or setting that no other test uses.
    static func uniqueName(_ prefix: String) -> String {
        prefix + "_" + UUID().uuidString.lowercased().filter { $0 != "-" }
    }
}
