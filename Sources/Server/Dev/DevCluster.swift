import Foundation

/// A private PostgreSQL for development: made on first use, started, found again after a crash, and
/// stopped with the server. It listens on 127.0.0.1 alone and asks for passwords.
struct DevCluster: Sendable {
    static let superuser = "postgres"
    static let database = "hazina"

    let folder: DevFolder

    private var path: String { folder.clusterPath }
    private var dataPath: String { path + "/data" }
    private var logPath: String { path + "/postgres.log" }
    private var portPath: String { path + "/port" }
    private var passwordPath: String { path + "/superuser-password" }

    /// A cluster that accepts connections.
    struct Running: Sendable {
        let programs: PostgresPrograms
        let port: Int
        let superuserPassword: String

        /// The cluster's database, as the role.
        func url(user: String, password: String) throws -> ConnectionURL {
            // Passwords are hexadecimal digits, which need no escape.
            let text = "postgresql://\(user):\(password)@127.0.0.1:\(port)/\(DevCluster.database)"
            guard let url = ConnectionURL(text) else {
                throw CommandFailure("the private database has no usable URL")
            }
            return url
        }
    }

    /// Brings the cluster up, whatever state it was left in. The folder must be locked.
    func start(searchPath: String?) async throws -> Running {
        let version = PrivateFile.read(dataPath + "/PG_VERSION")
        let programs = try await PostgresPrograms.find(
            majorVersion: version, searchPath: searchPath)
        try prepareFolder()
        let password = try PrivateFile.secret(at: passwordPath)
        if version == nil { try await initialize(programs, password) }
        if let server = await runningServer() {
            return Running(programs: programs, port: server.port, superuserPassword: password)
        }
        let port = try choosePort()
        try await launch(programs, port)
        return Running(programs: programs, port: port, superuserPassword: password)
    }

    /// Stops the cluster; its data stays.
    func stop(_ running: Running) async throws {
        let result = try await run(
            running.programs.pgCtl,
            ["stop", "--pgdata", dataPath, "--mode", "fast", "--wait", "--timeout", "60"])
        guard result.status == 0 else {
            throw CommandFailure(
                "the private database did not stop: \(Self.lastLine(of: result.output))")
        }
    }

    // MARK: Steps

    private func prepareFolder() throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: folder.postgresUser == nil ? 0o700 : 0o711])
        for owned in [logPath, socketPath] where !FileManager.default.fileExists(atPath: owned) {
            if owned == logPath {
                try PrivateFile.write("", to: owned)
            } else {
                try FileManager.default.createDirectory(
                    atPath: owned, withIntermediateDirectories: false,
                    attributes: [.posixPermissions: 0o700])
            }
            try giveToPostgres(owned)
        }
    }

    /// Makes the cluster beside its place and moves it there when it is complete, so that an
    /// interrupted attempt leaves nothing that looks like a cluster.
    private func initialize(_ programs: PostgresPrograms, _ password: String) async throws {
        let newPath = dataPath + ".new"
        let passwordFile = path + "/initdb-password"
        try? FileManager.default.removeItem(atPath: newPath)
        try FileManager.default.createDirectory(
            atPath: newPath, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        try giveToPostgres(newPath)
        try PrivateFile.write(password, to: passwordFile)
        try giveToPostgres(passwordFile)
        defer { unlink(passwordFile) }
        let made = try await run(
            programs.initdb,
            [
                "--pgdata", newPath, "--username", Self.superuser, "--pwfile", passwordFile,
                "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C",
            ])
        guard made.status == 0 else {
            throw CommandFailure(
                "the private database cannot be made: \(Self.lastLine(of: made.output))")
        }
        let created = try await run(
            programs.postgres, ["--single", "-D", newPath, "postgres"],
            input: "create database \(Self.database)\n")
        guard created.status == 0 else {
            throw CommandFailure(
                "the private database cannot be made: \(Self.lastLine(of: created.output))")
        }
        guard rename(newPath, dataPath) == 0 else {
            throw PrivateFile.failure("cannot move \(newPath) to \(dataPath)")
        }
    }

    /// The server of this cluster that an earlier process left running. A file that a server left
    /// when it was killed is taken away if its process number belongs to somebody else by now,
    /// because PostgreSQL would take that for itself.
    private func runningServer() async -> PostmasterFile? {
        let pidPath = dataPath + "/postmaster.pid"
        guard let file = PrivateFile.read(pidPath).flatMap(PostmasterFile.init) else { return nil }
        if await file.isServerRunning() { return file }
        if kill(file.pid, 0) == 0 { unlink(pidPath) }
        return nil
    }

    private func choosePort() throws -> Int {
        if let kept = PrivateFile.read(portPath).flatMap({ Int($0) }), FreePort.isFree(kept) {
            return kept
        }
        let port = try FreePort.pick()
        try PrivateFile.write("\(port)\n", to: portPath)
        return port
    }

    private func launch(_ programs: PostgresPrograms, _ port: Int) async throws {
        // pg_ctl hands these to a shell.
        let sockets = Self.fitsSocket(socketPath) ? Self.quoted("\"\(socketPath)\"") : "''"
        let options = [
            "-p \(port)", "-c listen_addresses=127.0.0.1",
            "-c unix_socket_directories=\(sockets)",
        ]
        let result = try await run(
            programs.pgCtl,
            [
                "start", "--pgdata", dataPath, "--log", logPath, "--wait", "--timeout", "120",
                "--options", options.joined(separator: " "),
            ])
        guard result.status == 0 else {
            let reason = PrivateFile.read(logPath) ?? result.output
            throw CommandFailure(
                "the private database does not start: \(Self.lastLine(of: reason))",
                remedy: "Its log is \(logPath).")
        }
    }

    // MARK: Parts

    private var socketPath: String { path + "/socket" }

    /// A socket's whole name, of which PostgreSQL adds the end, must fit into the system's field.
    static func fitsSocket(_ path: String) -> Bool {
        path.utf8.count + "/.s.PGSQL.65535.lock".utf8.count <= 103 && !path.contains(",")
            && !path.contains("\"")
    }

    static func quoted(_ text: String) -> String {
        let parts = text.split(separator: "'", omittingEmptySubsequences: false)
        return "'" + parts.joined(separator: "'\\''") + "'"
    }

    static func lastLine(of text: String) -> String {
        text.split(separator: "\n").last.map(String.init) ?? "no reason was given"
    }

    private func run(
        _ executable: String, _ arguments: [String], input: String = ""
    ) async throws -> ExternalCommand.Result {
        try await ExternalCommand(
            executable: executable, arguments: arguments, user: folder.postgresUser, input: input
        ).run()
    }

    private func giveToPostgres(_ path: String) throws {
        guard let user = folder.postgresUser else { return }
        guard let entry = getpwnam(user) else {
            throw CommandFailure(
                "PostgreSQL cannot run as root, and there is no user '\(user)' to run it as",
                remedy: "Install PostgreSQL (Debian: apt-get install postgresql), or set"
                    + " DATABASE_URL.")
        }
        guard chown(path, entry.pointee.pw_uid, entry.pointee.pw_gid) == 0 else {
            throw PrivateFile.failure("cannot give \(path) to \(user)")
        }
    }
}
