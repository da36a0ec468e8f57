import Foundation
import Postgres
import Testing

@testable import Server

/// More requests than there is room for, against the built server with one connection.
@Suite(
    .serialized, .enabled(if: clusterURL != nil, "needs HAZINA_TEST_DATABASE_URL"),
    .timeLimit(.minutes(5)))
struct OverloadTests {
    private func list(_ port: Int) async throws -> String {
        try await OneRequest.send(
            "POST", "/graphql", port: port,
            headers: ["Content-Type": "application/json", "x-api-key": CommandDatabase.key],
            body: #"{"query":"{ assets { edges { node { id } } } }"}"#)
    }

    private func create(_ port: Int) async throws -> String {
        let query = #"mutation { createAsset(input: {code: \"USD\", scale: 2}) { code } }"#
        return try await OneRequest.send(
            "POST", "/graphql", port: port,
            headers: ["Content-Type": "application/json", "x-api-key": CommandDatabase.key],
            body: #"{"query":"\#(query)"}"#)
    }

    /// Runs `body` while every request for assets waits for a lock.
    private func whileBlocked(
        _ database: CommandDatabase, _ body: () async throws -> Void
    ) async throws {
        let blocker = try await DirectConnection.open(url: database.admin)
        defer { blocker.close() }
        try await blocker.execute(script: "begin")
        try await blocker.execute(script: "lock hazina.assets in access exclusive mode")
        try await body()
        try await blocker.execute(script: "rollback")
    }

    @Test
    func `what there is room for ends in its time, the rest is told so, and all is well after`()
        async throws
    {
        try await CommandDatabase.with { database in
            var environment = database.environment
            environment["HAZINA_POOL_SIZE"] = "1"
            environment["HAZINA_MAX_REQUESTS"] = "2"
            environment["HAZINA_MAX_QUEUED_REQUESTS"] = "3"
            environment["HAZINA_REQUEST_SECONDS"] = "2"
            #expect(try await HazinaProcess.run("migrate", environment: environment).status == 0)
            let server = try HazinaProcess(["serve"], environment)
            let port = try #require(try await server.port())
            #expect(try await list(port).contains(#"{"edges":[]}"#))

            try await whileBlocked(database) {
                let answers = try await withThrowingTaskGroup(of: String.self) { tasks in
                    for _ in 0..<40 { tasks.addTask { try await list(port) } }
                    return try await tasks.reduce(into: []) { $0.append($1) }
                }
                // All are answered although nothing is done: at once, after a second in the queue,
                // or when the statement's time was over.
                #expect(answers.count == 40)
                #expect(answers.allSatisfy { $0.contains(#""code":"SERVICE_UNAVAILABLE""#) })
                #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 503") })
                #expect(answers.allSatisfy { $0.lowercased().contains("retry-after: 1\r\n") })
                #expect(answers.count { $0.contains("The server is busy") } >= 20)
                #expect(answers.contains { $0.contains("The database is unavailable") })
                // A mutation says so in its own answer, which is one of 200.
                let change = try await create(port)
                #expect(change.hasPrefix("HTTP/1.1 200"))
                #expect(change.lowercased().contains("retry-after: 1\r\n"))
                #expect(change.contains(#""code":"503""#))
            }
            #expect(try await list(port).contains(#"{"edges":[]}"#))
            server.stop()
            #expect(await server.end().status == 0)
        }
    }
}
