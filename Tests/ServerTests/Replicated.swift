import App
import Foundation
import Postgres
import TestSupport

@testable import Server
@testable import Torture

/// A database with a hot standby, each of a PostgreSQL of its own.
struct Replicated {
    let folder: String
    let primary: Node
    let standby: Node

    private static let role = "hazina_server"

    /// Runs `body` with both, which are gone afterwards.
    static func with(_ body: (Replicated) async throws -> Void) async throws {
        let folder = "/tmp/hazina-standby.\(Secrets.random(bytes: 6))"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false)
        // The user postgres writes there too.
        chmod(folder, 0o777)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let settings = [
            "fsync=off", "full_page_writes=off", "autovacuum=off", "shared_buffers=16MB",
            "wal_receiver_status_interval=1s",
        ]
        let pair = Replicated(
            folder: folder,
            primary: Node(
                "primary", folder: folder, port: try FreePort.pick(), settings: settings),
            standby: Node(
                "standby", folder: folder, port: try FreePort.pick(), settings: settings))
        do {
            try await pair.start()
            try await body(pair)
        } catch {
            await pair.stop()
            throw error
        }
        await pair.stop()
    }

    /// As the server's role.
    func url(_ node: Node) -> String {
        "postgres://\(Self.role)@127.0.0.1:\(node.port)/hazina"
    }

    var database: TestDatabase {
        TestDatabase(
            name: "hazina", adminURL: primary.adminURL("hazina"), serverURL: url(primary))
    }

    /// Runs a statement as a superuser of one of them.
    @discardableResult
    func administer(_ node: Node, _ statement: SQL) async throws -> Rows {
        let connection = try await DirectConnection.open(url: node.adminURL("hazina"))
        defer { connection.close() }
        return try await connection.query(statement)
    }

    /// Lets the standby stand still, however much it is sent.
    func pauseReplay() async throws {
        try await administer(standby, "select pg_wal_replay_pause()")
        while try await administer(
            standby, "select 1 where pg_get_wal_replay_pause_state() = 'paused'"
        ).isEmpty {
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    func resumeReplay() async throws {
        try await administer(standby, "select pg_wal_replay_resume()")
    }

    private func start() async throws {
        try await primary.create()
        try await primary.start()
        let cluster = try await DirectConnection.open(url: primary.adminURL("postgres"))
        defer { cluster.close() }
        try await cluster.execute(script: "create database hazina")
        let connection = try await DirectConnection.open(url: primary.adminURL("hazina"))
        defer { connection.close() }
        _ = try await DatabaseSetup.migrate(on: connection, serverRole: Self.role, password: nil)
        try await primary.copy(to: standby)
        try await standby.start()
    }

    private func stop() async {
        await standby.stop(SIGQUIT)
        await primary.stop(SIGQUIT)
    }
}
