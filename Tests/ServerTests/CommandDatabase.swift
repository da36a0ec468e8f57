import Foundation
import Postgres
import Testing

@testable import Server

/// A superuser's URL of the cluster that the tests run beside.
let clusterURL = ProcessInfo.processInfo.environment["HAZINA_TEST_DATABASE_URL"]

/// A database of one test of the commands, and a role that does not exist yet.
struct CommandDatabase {
    static let key = String(repeating: "o", count: 40)

    var name = "hazina_command_" + Secrets.random(bytes: 6)
    var admin: String
    var server: String

    var environment: [String: String] {
        [
            "DATABASE_URL": server, "HAZINA_MIGRATE_URL": admin, "HAZINA_HTTP_PORT": "0",
            "HAZINA_OPERATOR_KEY": Self.key,
        ]
    }

    private init() throws {
        var admin = try #require(clusterURL.flatMap(URLComponents.init(string:)))
        admin.path = "/" + name
        self.admin = try #require(admin.string)
        admin.user = name
        admin.password = Secrets.random(bytes: 8)
        server = try #require(admin.string)
    }

    /// Runs `body` with a new database, which is dropped afterwards.
    static func with(_ body: (CommandDatabase) async throws -> Void) async throws {
        let database = try CommandDatabase()
        let cluster = try await DirectConnection.open(url: try #require(clusterURL))
        defer { cluster.close() }
        try await cluster.execute(script: "create database \(database.name)")
        do {
            try await body(database)
        } catch {
            Issue.record(error)
        }
        try await cluster.execute(script: "drop database \(database.name) with (force)")
        try await cluster.execute(script: "drop role if exists \(database.name)")
    }
}
