import Foundation
import Postgres
import Synchronization
import TestSupport

/// A PostgreSQL cluster of its own with durable settings, to be killed and started again.
final class Cluster: Sendable {
    let folder: String
    let port: Int
    private let options: [String]
    private let postmaster = Mutex<ChildProcess?>(nil)
    /// PostgreSQL refuses to run as root.
    private let user = geteuid() == 0 ? "postgres" : nil

    /// - Parameter settings: of PostgreSQL, as `name=value`.
    init(folder: String, port: Int, settings: [String]) {
        self.folder = folder
        self.port = port
        options = (Self.settings + settings).flatMap { ["-c", $0] }
    }

    /// Of a superuser.
    var adminURL: String { "postgres://postgres@127.0.0.1:\(port)/hazina" }
    /// Of the server's role, which `hazina migrate` makes.
    var serverURL: String { "postgres://hazina_server:torture@127.0.0.1:\(port)/hazina" }

    /// Nothing that makes a commit less durable. After a crash, all files are synced with one call
    /// instead of one by one, which may take most of the time.
    private static let settings = [
        "listen_addresses=127.0.0.1", "max_connections=60", "recovery_init_sync_method=syncfs",
    ]

    private var log: String { folder + "/postgres.log" }
    private var data: String { folder + "/data" }

    func create() async throws {
        try await ChildProcess.run(
            [
                "initdb", "--pgdata", data, "--username", "postgres", "--auth", "trust",
                "--encoding", "UTF8", "--locale", "C", "--no-sync",
            ], as: user, environment: Self.environment, log: log)
        try await start()
        let url = "postgres://postgres@127.0.0.1:\(port)/postgres"
        let connection = try await DirectConnection.open(url: url)
        try await connection.execute(script: "create database hazina")
        connection.close()
    }

    /// Starts it, whatever state it was left in, and waits until it answers. Processes of a killed
    /// server hold its memory for a moment, in which it cannot be started.
    func start() async throws {
        let end = ContinuousClock.now.advanced(by: .seconds(60))
        while ContinuousClock.now < end {
            let child = try await ChildProcess.start(
                ["postgres", "-D", data, "-p", "\(port)", "-k", folder] + options,
                as: user, environment: Self.environment, log: log)
            postmaster.withLock { $0 = child }
            while !child.hasEnded, ContinuousClock.now < end {
                if await answers() { return }
                try await Task.sleep(for: .milliseconds(20))
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw TortureError("PostgreSQL does not start, see \(log)")
    }

    private func answers() async -> Bool {
        let url = "postgres://postgres@127.0.0.1:\(port)/postgres"
        guard let connection = try? await DirectConnection.open(url: url) else { return false }
        connection.close()
        return true
    }

    /// Kills the first process alone: the others notice.
    func killPostmaster() async {
        guard let child = postmaster.withLock({ $0 }) else { return }
        child.signal(SIGKILL)
        _ = await child.end()
    }

    /// Kills every process.
    func killAll() async {
        guard let child = postmaster.withLock({ $0 }) else { return }
        let others = child.children
        child.signal(SIGKILL)
        for other in others { kill(other, SIGKILL) }
        _ = await child.end()
    }

    /// Kills a process that serves a connection, after which the server starts all others anew.
    func killOneBackend(_ random: inout SeededRandom) {
        let backends = postmaster.withLock { $0 }?.children.filter { child in
            ChildProcess.read("/proc/\(child)/cmdline")?.contains("hazina_server") == true
        }
        if let backend = backends?.randomElement(using: &random) { kill(backend, SIGKILL) }
    }

    func stop() async {
        guard let child = postmaster.withLock({ $0 }) else { return }
        child.signal(SIGINT)
        _ = await child.end()
    }

    static var environment: [String: String] {
        ProcessInfo.processInfo.environment.filter { ["PATH", "LANG", "TMPDIR"].contains($0.key) }
    }
}
