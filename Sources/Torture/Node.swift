import Foundation
import Postgres
import Synchronization
import TestSupport

/// One PostgreSQL server of its own with durable settings, to be killed and started again.
final class Node: Sendable {
    let name: String
    let port: Int
    let data: String
    let log: String
    private let folder: String
    private let options: [String]
    private let postmaster = Mutex<ChildProcess?>(nil)
    /// PostgreSQL refuses to run as root.
    static let user = geteuid() == 0 ? "postgres" : nil

    /// - Parameter settings: of PostgreSQL, as `name=value`.
    init(_ name: String, folder: String, port: Int, settings: [String]) {
        self.name = name
        self.folder = folder
        self.port = port
        data = "\(folder)/data-\(name)"
        log = "\(folder)/postgres-\(name).log"
        options = (Self.settings + settings).flatMap { ["-c", $0] }
    }

    /// Of a superuser.
    func adminURL(_ database: String) -> String {
        "postgres://postgres@127.0.0.1:\(port)/\(database)"
    }

    /// Nothing that makes a commit less durable. After a crash, all files are synced with one call
    /// instead of one by one, which may take most of the time.
    private static let settings = [
        "listen_addresses=127.0.0.1", "max_connections=60", "recovery_init_sync_method=syncfs",
        "max_wal_senders=4", "wal_keep_size=256MB",
    ]

    func create() async throws {
        try await ChildProcess.run(
            [
                "initdb", "--pgdata", data, "--username", "postgres", "--auth", "trust",
                "--encoding", "UTF8", "--locale", "C", "--no-sync",
            ], as: Self.user, environment: Self.environment, log: log)
    }

    /// Makes the other one a standby of this one, which runs.
    /// - Parameter options: more of `pg_basebackup`.
    func copy(to standby: Node, options: [String] = []) async throws {
        let words = [
            "pg_basebackup", "--pgdata", standby.data, "--host", "127.0.0.1", "--port", "\(port)",
            "--username", "postgres", "--wal-method", "stream", "--checkpoint", "fast",
            "--write-recovery-conf", "--no-sync",
        ]
        try await ChildProcess.run(
            words + options, as: Self.user, environment: Self.environment, log: standby.log)
    }

    /// Starts it, whatever state it was left in, and waits until it answers. Processes of a killed
    /// server hold its memory for a moment, in which it cannot be started.
    func start() async throws {
        let end = ContinuousClock.now.advanced(by: .seconds(60))
        while ContinuousClock.now < end {
            let child = try await ChildProcess.start(
                ["postgres", "-D", data, "-p", "\(port)", "-k", folder] + options,
                as: Self.user, environment: Self.environment, log: log)
            postmaster.withLock { $0 = child }
            while !child.hasEnded, ContinuousClock.now < end {
                if await answers() { return }
                try await Task.sleep(for: .milliseconds(20))
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw TortureError("PostgreSQL does not start, see \(log)")
    }

    /// Waits until it answers, and starts it if it has ended meanwhile.
    func startIfNeeded() async throws {
        let end = ContinuousClock.now.advanced(by: .seconds(60))
        while ContinuousClock.now < end {
            if postmaster.withLock({ $0?.hasEnded != false }) { return try await start() }
            if await answers() { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw TortureError("PostgreSQL does not recover, see \(log)")
    }

    private func answers() async -> Bool {
        guard let connection = try? await DirectConnection.open(url: adminURL("postgres")) else {
            return false
        }
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

    /// Stops or continues every process, as a machine does that swaps or is moved.
    func freeze(_ isFrozen: Bool) {
        guard let child = postmaster.withLock({ $0 }) else { return }
        for process in [child.pid] + child.children { kill(process, isFrozen ? SIGSTOP : SIGCONT) }
    }

    /// Ends it: SIGINT is a fast shutdown, SIGQUIT an immediate one.
    func stop(_ signal: Int32 = SIGINT) async {
        guard let child = postmaster.withLock({ $0 }) else { return }
        child.signal(signal)
        _ = await child.end()
    }

    static var environment: [String: String] {
        ProcessInfo.processInfo.environment.filter { ["PATH", "LANG", "TMPDIR"].contains($0.key) }
    }
}
