import Foundation

/// The folder in which `dev` keeps what must outlive it: the cluster, passwords, the operator key.
struct DevFolder: Sendable {
    /// `.hazina` in the working directory; for root, whose folders PostgreSQL may not enter, one
    /// under `/var/lib/hazina` for each working directory.
    let path: String
    /// The user that PostgreSQL runs as, nil for our own.
    let postgresUser: String?

    var clusterPath: String { path + "/postgres" }
    var operatorKeyPath: String { path + "/operator-key" }
    /// The database as the server's role, for other commands while `dev` runs.
    var databaseURLPath: String { path + "/database-url" }
    var serverPasswordPath: String { path + "/server-password" }
    var serverRolePath: String { path + "/server-role" }
    var lockPath: String { path + "/lock" }

    /// - Parameters:
    ///   - workingDirectory: an absolute path.
    ///   - isRoot: whether the process runs as root.
    ///   - home: where root's folders are.
    init(workingDirectory: String, isRoot: Bool, home: String = "/var/lib/hazina") {
        if isRoot {
            path = home + "/" + Self.name(for: workingDirectory)
            postgresUser = "postgres"
        } else {
            path = workingDirectory + "/.hazina"
            postgresUser = nil
        }
    }

    /// The folder of this process.
    static func current() -> DevFolder {
        DevFolder(
            workingDirectory: FileManager.default.currentDirectoryPath, isRoot: geteuid() == 0)
    }

    /// Makes the folder if it is missing.
    func create() throws {
        let isRoots = postgresUser != nil
        do {
            // PostgreSQL's user must be able to pass through, not to look around.
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: isRoots ? 0o711 : 0o700])
            if isRoots {
                chmod((path as NSString).deletingLastPathComponent, 0o755)
                let origin = path + "/directory"
                if PrivateFile.read(origin) == nil {
                    try PrivateFile.write(FileManager.default.currentDirectoryPath, to: origin)
                }
            } else if PrivateFile.read(path + "/.gitignore") == nil {
                try PrivateFile.write("*\n", to: path + "/.gitignore")
            }
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw CommandFailure(
                "the folder \(path) cannot be made: \(error.localizedDescription)",
                remedy: "Run 'hazina dev' in a folder that you may write to.")
        }
    }

    /// Takes the folder for this process, until the process ends.
    /// - Throws: `CommandFailure` when another process has it.
    func lock() throws {
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw PrivateFile.failure("cannot write \(lockPath)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            let holder = PrivateFile.read(lockPath).map { " (process \($0))" } ?? ""
            throw CommandFailure(
                "another 'hazina dev'\(holder) already runs on \(path)",
                remedy: "Stop it, or run this one in another folder or with DATABASE_URL set.")
        }
        // The descriptor stays open on purpose: the lock ends with the process, however it ends.
        let pid = Array("\(getpid())\n".utf8)
        ftruncate(descriptor, 0)
        guard write(descriptor, pid, pid.count) == pid.count else {
            throw PrivateFile.failure("cannot write \(lockPath)")
        }
    }

    /// A short name for a path: FNV-1a, 64 bits.
    private static func name(for path: String) -> String {
        let hash = path.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { hash, byte in
            (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
