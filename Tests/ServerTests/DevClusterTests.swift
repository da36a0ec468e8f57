import Foundation
import Testing

@testable import Server

@Suite struct DevFolderTests {
    @Test func `a user's folder is in the working directory`() {
        let folder = DevFolder(workingDirectory: "/home/me/wallet", isRoot: false)
        #expect(folder.path == "/home/me/wallet/.hazina")
        #expect(folder.clusterPath == "/home/me/wallet/.hazina/postgres")
        #expect(folder.postgresUser == nil)
    }

    @Test func `root's folders are apart for each working directory`() {
        let one = DevFolder(workingDirectory: "/root/one", isRoot: true)
        let other = DevFolder(workingDirectory: "/root/other", isRoot: true)
        #expect(one.path.hasPrefix("/var/lib/hazina/"))
        #expect(one.path.count == "/var/lib/hazina/".count + 16)
        #expect(one.path != other.path)
        #expect(one.path == DevFolder(workingDirectory: "/root/one", isRoot: true).path)
        #expect(one.postgresUser == "postgres")
    }

    @Test func `a second process on the folder is turned away`() throws {
        let path = NSTemporaryDirectory() + "hazina-test-" + Secrets.random(bytes: 6)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let folder = DevFolder(workingDirectory: path, isRoot: false)
        try folder.create()
        try folder.lock()
        // Another open file is what another process has.
        let failure = #expect(throws: CommandFailure.self) { try folder.lock() }
        #expect(failure?.message.contains("process \(getpid())") == true)
    }

    @Test func `secrets are kept, and readable by their owner alone`() throws {
        let path = NSTemporaryDirectory() + "hazina-test-" + Secrets.random(bytes: 6)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let secret = try PrivateFile.secret(at: path)
        #expect(secret.count == 48)
        #expect(try PrivateFile.secret(at: path) == secret)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }
}

@Suite struct PostgresProgramsTests {
    private func find(installed: [String], debian: [String], path: String) async throws -> String {
        try await PostgresPrograms.find(
            majorVersion: nil, searchPath: path,
            isProgram: { program in installed.contains { program.hasPrefix($0 + "/") } },
            debianVersions: debian
        ).folder
    }

    @Test func `programs in PATH come first`() async throws {
        let folder = try await find(
            installed: ["/opt/pg/bin", "/usr/lib/postgresql/17/bin"], debian: ["17"],
            path: "/bin:/opt/pg/bin")
        #expect(folder == "/opt/pg/bin")
    }

    @Test func `otherwise the newest installed version is used`() async throws {
        let folder = try await find(
            installed: ["/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/17/bin"],
            debian: ["17", "15"], path: "/bin")
        #expect(folder == "/usr/lib/postgresql/17/bin")
    }

    @Test func `without programs the remedy says what to install`() async {
        let failure = await #expect(throws: CommandFailure.self) {
            try await find(installed: [], debian: [], path: "/bin")
        }
        #expect(failure?.remedy?.contains("apt-get install postgresql") == true)
    }

    @Test(arguments: [
        ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15"),
        ("postgres (PostgreSQL) 18beta1", "18"), ("nothing", nil),
    ])
    func `the version is read`(text: String, version: String?) {
        #expect(PostgresPrograms.majorVersion(in: text) == version)
    }
}

@Suite struct PostmasterFileTests {
    @Test func `the file of a running server is read`() throws {
        let file = try #require(
            PostmasterFile("4711\n/data\n1700000000\n5433\n/tmp\n127.0.0.1\n 1 2\nready   \n"))
        #expect(file.pid == 4711)
        #expect(file.dataPath == "/data")
        #expect(file.port == 5433)
    }

    @Test(arguments: ["", "x", "1\n2", "-5\n/data\n1\n5432\n", "0\n/data\n1\n5432\n"])
    func `what is no such file is refused`(text: String) {
        #expect(PostmasterFile(text) == nil)
    }

    @Test func `another process with that number is not the server`() async throws {
        let file = try #require(PostmasterFile("\(getpid())\n/no/data\n1\n5432\n"))
        #expect(await !file.isServerRunning())
    }
}

/// On a real PostgreSQL, in a folder of its own.
@Suite(.serialized) struct DevClusterTests {
    private static var isPossible: Bool {
        get async {
            let found = try? await PostgresPrograms.find(
                majorVersion: nil, searchPath: ProcessInfo.processInfo.environment["PATH"])
            return found != nil && (geteuid() != 0 || getpwnam("postgres") != nil)
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `a cluster is made once, found running, and survives a crash`() async throws {
        guard await Self.isPossible else { return }
        let base = "/tmp/hazina-test-" + Secrets.random(bytes: 6)
        try FileManager.default.createDirectory(
            atPath: base, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o711])
        let folder = DevFolder(workingDirectory: base, isRoot: geteuid() == 0, home: base)
        defer { try? FileManager.default.removeItem(atPath: base) }
        try folder.create()
        let cluster = DevCluster(folder: folder)
        let path = ProcessInfo.processInfo.environment["PATH"]

        let first = try await cluster.start(searchPath: path)
        #expect(!FreePort.isFree(first.port))

        // As if `dev` had been killed: the server still runs and is taken over.
        let second = try await cluster.start(searchPath: path)
        #expect(second.port == first.port)
        #expect(second.superuserPassword == first.superuserPassword)
        try await cluster.stop(second)
        #expect(FreePort.isFree(first.port))

        // As if the machine had gone down, and the process number were somebody else's now.
        let pidFile = folder.clusterPath + "/data/postmaster.pid"
        let stale = "\(getpid())\n\(folder.clusterPath)/data\n1700000000\n\(first.port)\n\n"
        #expect(FileManager.default.createFile(atPath: pidFile, contents: Data(stale.utf8)))
        let third = try await cluster.start(searchPath: path)
        #expect(third.port == first.port)
        try await cluster.stop(third)
    }
}
