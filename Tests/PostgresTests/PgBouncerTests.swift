import Foundation
import Postgres
import Testing

/// The pool behind PgBouncer in transaction mode. Skipped where PgBouncer is not installed.
@Suite(
    .enabled(if: PgBouncer.executable != nil, "pgbouncer is not installed"),
    .timeLimit(.minutes(2)))
struct PgBouncerTests {
    private func withPool(
        size: Int, serverConnections: Int, _ body: (Pool) async throws -> Void
    ) async throws {
        let bouncer = try PgBouncer(serverConnections: serverConnections)
        defer { bouncer.stop() }
        let url = try await bouncer.ready()
        try await TestServer.withPool(
            size: size,
            {
                $0.url = url
                // It cannot follow them before 1.21.
                $0.preparedStatements = false
            }
        ) { pool in
            try await body(pool)
        }
    }

    @Test func `interleaved units keep their settings apart`() async throws {
        try await withPool(size: 6, serverConnections: 3) { pool in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<30 {
                    group.addTask {
                        for round in 0..<40 {
                            let tenant = "tenant-\((caller + round) % 5)"
                            let settings = [LocalSetting(name: "app.x", value: tenant)]
                            let statement: SQL = """
                                select current_setting('app.x', true) as x, \(caller) as c
                                """
                            let rows =
                                try await caller % 3 == 0
                                ? pool.write([statement], settings: settings)[0]
                                : pool.read(statement, settings: settings)
                            let row = try #require(rows.first)
                            #expect(try row.decode("x", as: String.self) == tenant)
                            #expect(try row.decode("c", as: Int.self) == caller)
                            let bare = try await pool.read(
                                "select nullif(current_setting('app.x', true), '') as x")
                            #expect(try bare.first?.decode("x", as: String?.self) == nil)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `transactions, errors and cancellation work`() async throws {
        let table = TestServer.uniqueName("t")
        try await withPool(size: 3, serverConnections: 2) { pool in
            try await pool.write(["create table \(unescaped: table) (id int primary key)"])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<50 {
                    group.addTask {
                        try await pool.transaction { transaction in
                            try await transaction.execute(
                                "insert into \(unescaped: table) values (\(index))")
                            let rows = try await transaction.query(
                                "select id from \(unescaped: table) where id = \(index)")
                            #expect(rows.count == 1)
                        }
                        let error = await #expect(throws: PostgresError.self) {
                            try await pool.write([
                                "insert into \(unescaped: table) values (\(index))"
                            ])
                        }
                        #expect(error?.sqlState == "23505")
                    }
                }
                try await group.waitForAll()
            }
            let task = Task { try await pool.write(["select pg_sleep(20)"]) }
            try await Task.sleep(for: .milliseconds(200))
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            let rows = try await pool.read("select count(*) as n from \(unescaped: table)")
            #expect(try rows.first?.decode("n", as: Int.self) == 50)
            try await pool.write(["drop table \(unescaped: table)"])
        }
    }
}

/// A PgBouncer of its own before the test server.
final class PgBouncer {
    static let executable: String? = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    private let process = Process()
    private let folder: URL
    private let url: String

    init(serverConnections: Int) throws {
        guard let executable = Self.executable,
            var parts = URLComponents(string: try TestServer.url()), let host = parts.host
        else { throw CocoaError(.featureUnsupported) }
        let port = Int.random(in: 20_000..<30_000)
        // Not the temporary folder of this user: it may run as another one.
        folder = URL(fileURLWithPath: "/tmp/\(TestServer.uniqueName("bouncer"))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appendingPathComponent("pgbouncer.ini")
        try """
        [databases]
        * = host=\(host) port=\(parts.port ?? 5432) user=\(parts.user ?? "postgres")
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = \(port)
        unix_socket_dir =
        auth_type = any
        pool_mode = transaction
        default_pool_size = \(serverConnections)
        max_client_conn = 100
        """.write(to: file, atomically: true, encoding: .utf8)
        parts.host = "127.0.0.1"
        parts.port = port
        url = parts.string ?? ""
        // It refuses to run as root.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            getuid() == 0
            ? ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", executable]
            : [executable]
        process.arguments?.append(file.path)
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
    }

    /// Waits until it takes connections.
    func ready() async throws -> String {
        for _ in 0..<100 where process.isRunning {
            if let connection = try? await DirectConnection.open(url: url) {
                connection.close()
                return url
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw CocoaError(.featureUnsupported)
    }

    func stop() {
        // A child of a task's thread inherits its blocked signals; this one cannot be blocked.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }
}
