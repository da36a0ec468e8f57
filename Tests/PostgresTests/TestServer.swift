import Foundation
import Logging
import Postgres
import Synchronization
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
        // A busy machine is no failure; tests of deadlines set their own.
        configuration.acquireTimeout = .seconds(60)
        change(&configuration)
        await ConnectionBudget.shared.take(size)
        let pool = Pool(configuration, logger: logger)
        do {
            try await pool.start()
            let value = try await body(pool)
            await pool.shutdown()
            await ConnectionBudget.shared.giveBack(size)
            return value
        } catch {
            await pool.shutdown()
            await ConnectionBudget.shared.giveBack(size)
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

extension TestServer {
    /// The superuser's URL for another database of the same server.
    static func url(database: String) throws -> String {
        let url = try url()
        guard var parts = URLComponents(string: url), parts.host != nil else {
            return url + " dbname=" + database
        }
        parts.path = "/" + database
        return parts.string ?? url
    }
}

/// Counts across tasks.
final class Counter: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func increment() {
        count.withLock { $0 += 1 }
    }
}

/// Collects values across tasks, in the order in which they came.
final class Journal<Value: Sendable>: Sendable {
    private let entries = Mutex<[Value]>([])

    var values: [Value] { entries.withLock { $0 } }

    func append(_ value: Value) {
        entries.withLock { $0.append(value) }
    }
}

/// Lets so many pools be open at a time as the server has connections for. Pools are not nested.
private actor ConnectionBudget {
    static let shared = ConnectionBudget()
    private var free = 24
    private var waiting: [(size: Int, caller: CheckedContinuation<Void, Never>)] = []

    func take(_ size: Int) async {
        if waiting.isEmpty, free >= size {
            free -= size
        } else {
            await withCheckedContinuation { waiting.append((size, $0)) }
        }
    }

    func giveBack(_ size: Int) {
        free += size
        while let first = waiting.first, free >= first.size {
            free -= first.size
            waiting.removeFirst()
            first.caller.resume()
        }
    }
}
