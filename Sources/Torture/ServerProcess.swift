import Foundation
import Synchronization

/// The real `hazina serve`, to be killed and started again on the same port.
final class ServerProcess: Sendable {
    let executable: String
    let port: Int
    let operatorKey = UUID().uuidString + UUID().uuidString
    private let cluster: Cluster
    private let process = Mutex<ChildProcess?>(nil)

    init(executable: String, port: Int, cluster: Cluster) {
        self.executable = executable
        self.port = port
        self.cluster = cluster
    }

    private var log: String { cluster.folder + "/hazina.log" }

    private var environment: [String: String] {
        var environment = Cluster.environment
        environment["DATABASE_URL"] = cluster.serverURL
        environment["HAZINA_MIGRATE_URL"] = cluster.adminURL
        environment["HAZINA_HTTP_PORT"] = "\(port)"
        environment["HAZINA_OPERATOR_KEY"] = operatorKey
        return environment
    }

    /// Runs another of its commands to its end.
    /// - Throws: `TortureError` unless it ends with 0.
    func run(_ command: String, log: String? = nil) async throws {
        try await ChildProcess.run(
            [executable, command], environment: environment, log: log ?? self.log)
    }

    func start() async throws {
        let child = try await ChildProcess.start(
            [executable, "serve"], environment: environment, log: log)
        process.withLock { $0 = child }
    }

    /// Starts it again if it has ended, as a supervisor does: it may have found no database.
    func startIfNeeded() async throws {
        if process.withLock({ $0?.hasEnded != false }) { try await start() }
    }

    func killAndWait() async {
        await end(SIGKILL)
    }

    /// Lets it finish what it has begun.
    func stop() async {
        await end(SIGTERM)
    }

    private func end(_ signal: Int32) async {
        guard let child = process.withLock({ $0 }) else { return }
        child.signal(signal)
        _ = await child.end()
    }
}
