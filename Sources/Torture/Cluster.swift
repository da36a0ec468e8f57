import Foundation
import Postgres
import Synchronization

/// The database as the server sees it: two hosts behind a relay each, one of which takes writes.
final class Cluster: Sendable {
    let folder: String
    private let nodes: [Node]
    private let relays: [Relay]
    private let active = Mutex(0)
    /// Where the tables are, if it can be made to run out of space.
    let space: Space?

    /// - Parameter settings: of PostgreSQL, as `name=value`.
    init(folder: String, settings: [String], hasSpace: Bool) async throws {
        self.folder = folder
        var nodes: [Node] = []
        var relays: [Relay] = []
        for name in ["a", "b"] {
            let node = Node(
                name, folder: folder, port: try SocketAddress.freePort(), settings: settings)
            nodes.append(node)
            relays.append(try Relay(port: try SocketAddress.freePort(), to: node.port))
        }
        self.nodes = nodes
        self.relays = relays
        space = hasSpace ? await Space.make(in: folder) : nil
    }

    /// The host that takes writes.
    var node: Node { nodes[active.withLock { $0 }] }
    /// The network to it.
    var relay: Relay { relays[active.withLock { $0 }] }

    /// Of a superuser.
    var adminURL: String { node.adminURL("hazina") }

    /// Of the server's role, which `hazina migrate` makes: both hosts, by way of the relays.
    var serverURL: String {
        let hosts = relays.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
        return "postgres://hazina_server:torture@\(hosts)/hazina?target_session_attrs=read-write"
    }

    /// Of the server's role, on another port.
    static func serverURL(port: Int) -> String {
        "postgres://hazina_server:torture@127.0.0.1:\(port)/hazina"
    }

    func create() async throws {
        try await node.create()
        try await node.start()
        let connection = try await DirectConnection.open(url: node.adminURL("postgres"))
        defer { connection.close() }
        if let space {
            let location = try space.empty(node)
            try await connection.execute(script: "create tablespace space location '\(location)'")
        }
        try await connection.execute(
            script: "create database hazina" + (space == nil ? "" : " tablespace space"))
        try await connection.execute(script: "create role other login")
    }

    /// Runs statements as a superuser, each in a transaction of its own.
    func administer(_ scripts: String...) async throws {
        let connection = try await DirectConnection.open(url: adminURL)
        defer { connection.close() }
        for script in scripts { try await connection.execute(script: script) }
    }

    /// Whether transactions that begin now may write.
    func takesWrites() async throws -> Bool {
        let connection = try await DirectConnection.open(url: adminURL)
        defer { connection.close() }
        let rows = try await connection.query(
            """
            -- cluster.takes_writes
            select current_setting('transaction_read_only') = 'off' as is_open
            """)
        return try rows.first?.decode("is_open") ?? false
    }

    /// Makes the other host follow this one, so that nothing is acknowledged that it does not have.
    func prepareStandby() async throws {
        let standby = nodes[1 - active.withLock { $0 }]
        await standby.stop(SIGKILL)
        try? FileManager.default.removeItem(atPath: standby.data)
        let mapping = try space.map { space in
            ["--tablespace-mapping", "\(space.location(of: node))=\(try space.empty(standby))"]
        }
        try await node.copy(to: standby, options: mapping ?? [])
        try await standby.start()
        try await administer(
            "alter system set synchronous_standby_names = '*'", "select pg_reload_conf()")
        let connection = try await DirectConnection.open(url: adminURL)
        defer { connection.close() }
        try await Self.wait("the standby does not follow") {
            try await !connection.query(
                """
                -- cluster.standbys
                select 1 from pg_stat_replication where sync_state = 'sync'
                """
            ).isEmpty
        }
    }

    /// Kills the host that takes writes, and makes the other one take them.
    func failOver() async throws {
        await node.killAll()
        let number = 1 - active.withLock { $0 }
        let connection = try await DirectConnection.open(url: nodes[number].adminURL("hazina"))
        defer { connection.close() }
        try await connection.execute(script: "select pg_promote(true, 30)")
        active.withLock { $0 = number }
        try await Self.wait("the standby takes no writes") { try await takesWrites() }
    }

    func stop() async {
        for relay in relays { relay.close() }
        for node in nodes { await node.stop() }
        await space?.remove()
    }

    /// Waits for what will be so in a moment.
    static func wait(_ problem: String, _ condition: () async throws -> Bool) async throws {
        let end = ContinuousClock.now.advanced(by: .seconds(60))
        while try await !condition() {
            guard ContinuousClock.now < end else { throw TortureError(problem) }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

/// A file system of its own in memory, whose size can be changed.
struct Space: Sendable {
    private let path: String

    /// Nil where this program may not mount one.
    static func make(in folder: String) async -> Space? {
        let space = Space(path: folder + "/space")
        do {
            try FileManager.default.createDirectory(
                atPath: space.path, withIntermediateDirectories: false)
            try await space.run(["mount", "-t", "tmpfs", "-o", "mode=1777,size=75%", "tmpfs"])
            return space
        } catch {
            return nil
        }
    }

    /// The folder for the tables of a host.
    func location(of node: Node) -> String { "\(path)/\(node.name)" }

    /// Makes that folder anew, with nothing in it.
    func empty(_ node: Node) throws -> String {
        let location = location(of: node)
        try? FileManager.default.removeItem(atPath: location)
        try FileManager.default.createDirectory(
            atPath: location, withIntermediateDirectories: false)
        // PostgreSQL wants it for itself.
        if Node.user != nil {
            guard let owner = getpwnam("postgres"),
                chown(location, owner.pointee.pw_uid, owner.pointee.pw_gid) == 0
            else { throw TortureError("cannot prepare \(location)") }
        }
        return location
    }

    /// Leaves no room for anything new, or makes room again.
    func fill(_ isFull: Bool) async throws {
        guard isFull else { return try await run(["mount", "-o", "remount,size=75%"]) }
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw TortureError("cannot measure \(path)") }
        let used = UInt(status.f_blocks - status.f_bfree) * UInt(status.f_frsize)
        // It does not get smaller than what is in it; what comes meanwhile is in the way.
        for spare in [64, 1024, 16_384] {
            let size = "\(used / 1024 + UInt(spare))k"
            if (try? await run(["mount", "-o", "remount,size=\(size)"])) != nil { return }
        }
        throw TortureError("cannot fill \(path)")
    }

    func remove() async {
        try? await run(["umount", "-l"])
    }

    private func run(_ words: [String]) async throws {
        try await ChildProcess.run(
            words + [path], environment: Node.environment, log: path + ".log")
    }
}

/// PgBouncer in transaction mode before a PostgreSQL.
final class PgBouncer: Sendable {
    static let executable: String? = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    let port: Int
    private let executable: String
    private let file: String
    private let process = Mutex<ChildProcess?>(nil)

    init?(folder: String, to port: Int) throws {
        guard let executable = Self.executable else { return nil }
        self.executable = executable
        self.port = try SocketAddress.freePort()
        file = folder + "/pgbouncer.ini"
        try """
        [databases]
        hazina = host=127.0.0.1 port=\(port) user=hazina_server
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = \(self.port)
        unix_socket_dir =
        auth_type = any
        pool_mode = transaction
        default_pool_size = 6
        server_login_retry = 0.1
        """.write(toFile: file, atomically: true, encoding: .utf8)
    }

    func start() async throws {
        // It refuses to run as root.
        let child = try await ChildProcess.start(
            [executable, file], as: Node.user, environment: Node.environment, log: file + ".log")
        process.withLock { $0 = child }
        try await Cluster.wait("PgBouncer does not start, see \(file).log") {
            guard !child.hasEnded else { throw TortureError("PgBouncer ended, see \(file).log") }
            let url = Cluster.serverURL(port: port)
            guard let connection = try? await DirectConnection.open(url: url) else { return false }
            connection.close()
            return true
        }
    }

    func kill() async {
        guard let child = process.withLock({ $0 }) else { return }
        child.signal(SIGKILL)
        _ = await child.end()
    }
}
