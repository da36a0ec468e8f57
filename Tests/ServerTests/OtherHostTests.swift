import Foundation
import Postgres
import Testing

@testable import Server

/// The commands where the database has several hosts, takes no writes, or has another version's
/// schema.
@Suite(
    .serialized, .enabled(if: clusterURL != nil, "needs HAZINA_TEST_DATABASE_URL"),
    .timeLimit(.minutes(2)))
struct OtherHostTests {
    /// The URL with a host in front at which nobody listens.
    private func withDeadHost(_ url: String) throws -> String {
        let parts = try #require(URLComponents(string: url))
        let host = try #require(parts.host)
        let port = try #require(parts.port)
        let dead = try FreePort.pick()
        return url.replacing("\(host):\(port)", with: "127.0.0.1:\(dead),\(host):\(port)")
            + "?target_session_attrs=read-write"
    }

    private func createAsset(_ code: String, port: Int) async throws -> String {
        try await OneRequest.send(
            "POST", "/graphql", port: port,
            headers: ["Content-Type": "application/json", "x-api-key": CommandDatabase.key],
            body: """
                {"query":
                "mutation { createAsset(input: {code: \\"\(code)\\", scale: 2}) { code message } }"}
                """)
    }

    private func readiness(_ port: Int) async throws -> String {
        try await OneRequest.send("GET", "/readyz", port: port)
    }

    /// Whether something comes true within 20 seconds.
    private func eventually(_ holds: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<200 {
            if try await holds() { return true }
            try await Task.sleep(for: .milliseconds(100))
        }
        return false
    }

    @Test func `every command finds the host that takes writes`() async throws {
        try await CommandDatabase.with { database in
            var environment = database.environment
            environment["DATABASE_URL"] = try withDeadHost(database.server)
            environment["HAZINA_MIGRATE_URL"] = try withDeadHost(database.admin)
            for command in ["migrate", "doctor", "audit"] {
                let outcome = try await HazinaProcess.run(command, environment: environment)
                #expect(outcome.status == 0, "\(command): \(outcome.output)\(outcome.errors)")
            }
            let worker = try HazinaProcess(["work"], environment)
            let server = try HazinaProcess(["serve"], environment)
            let port = try #require(try await server.port())
            #expect(try await readiness(port).contains(#"{"status":"ready"}"#))
            #expect(try await createAsset("EUR", port: port).contains(#""code":"200""#))
            #expect(try await eventually { worker.errors.contains("working") })
            for process in [worker, server] {
                process.stop()
                #expect(await process.end().status == 0)
            }
        }
    }

    @Test func `a host that takes no writes is not ready, says so, and is left when another does`()
        async throws
    {
        try await CommandDatabase.with { database in
            var environment = database.environment
            _ = try await HazinaProcess.run("migrate", environment: environment)
            environment["HAZINA_POOL_SIZE"] = "2"
            let server = try HazinaProcess(["serve"], environment)
            let port = try #require(try await server.port())
            let admin = try await DirectConnection.open(url: try #require(clusterURL))
            defer { admin.close() }
            // Sessions that begin from now on, and all have to.
            try await admin.execute(
                script: "alter database \(database.name) set default_transaction_read_only = on")
            try await admin.query(
                """
                select pg_terminate_backend(pid) from pg_stat_activity
                where datname = \(database.name)
                """)
            let isUnready = try await eventually {
                try await readiness(port).contains("the database is read-only")
            }
            #expect(isUnready)
            let refused = try await createAsset("EUR", port: port)
            #expect(refused.contains(#""code":"503""#))
            #expect(refused.contains("the database is unavailable, try again"))
            // The sessions of now stay as they are.
            try await admin.execute(
                script: "alter database \(database.name) reset default_transaction_read_only")
            let isBack = try await eventually {
                try await createAsset("EUR", port: port).contains(#""code":"200""#)
            }
            #expect(isBack)
            #expect(
                try await eventually {
                    try await readiness(port).contains(#"{"status":"ready"}"#)
                })
            server.stop()
            #expect(await server.end().status == 0)
        }
    }

    @Test func `an older server goes on with a newer schema, unless that one says it must not`()
        async throws
    {
        try await CommandDatabase.with { database in
            let environment = database.environment
            _ = try await HazinaProcess.run("migrate", environment: environment)
            let server = try HazinaProcess(["serve"], environment)
            let port = try #require(try await server.port())
            let admin = try await DirectConnection.open(url: database.admin)
            defer { admin.close() }
            try await admin.execute(
                script: """
                    alter table hazina.assets add column later text;
                    insert into hazina.schema_migrations (version, name, checksum, breaks_older)
                    select max(version) + 1, 'later', '0', false from hazina.schema_migrations
                    """)
            #expect(try await createAsset("EUR", port: port).contains(#""code":"200""#))
            #expect(try await readiness(port).contains(#"{"status":"ready"}"#))
            #expect(try await HazinaProcess.run("migrate", environment: environment).status == 0)

            try await admin.execute(
                script:
                    "update hazina.schema_migrations set breaks_older = true where name = 'later'"
            )
            let unready = try await readiness(port)
            #expect(unready.hasPrefix("HTTP/1.1 503"))
            #expect(unready.contains("which needs a newer program"))
            for command in ["migrate", "serve", "work", "doctor"] {
                let outcome = try await HazinaProcess.run(command, environment: environment)
                #expect(outcome.status == 1, "\(command)")
                #expect((outcome.errors + outcome.output).contains("needs a newer program"))
            }
            server.stop()
            #expect(await server.end().status == 0)
        }
    }

    @Test func `a migration that was killed in the middle is gone on with by the next one`()
        async throws
    {
        try await CommandDatabase.with { database in
            let admin = try await DirectConnection.open(url: database.admin)
            defer { admin.close() }
            // Slow enough to be killed before it is done.
            try await admin.execute(
                script: """
                    create function slow() returns event_trigger language plpgsql as
                        $$ begin perform pg_sleep(0.1); end $$;
                    create event trigger slow on ddl_command_start when tag in ('CREATE TABLE')
                        execute function slow();
                    """)
            let first = try HazinaProcess(["migrate"], database.environment)
            let applied = { () async throws -> Int in
                let rows = try? await admin.query(
                    "select count(*)::bigint as n from hazina.schema_migrations")
                return try rows?.first?.decode("n") ?? 0
            }
            #expect(try await eventually { try await applied() >= 2 })
            first.kill()
            #expect(await first.end().status != 0)
            try await admin.execute(script: "drop event trigger slow")
            let second = try await HazinaProcess.run("migrate", environment: database.environment)
            #expect(second.status == 0)
            #expect(!second.output.contains("Applied 0001 "))
            #expect(second.output.contains("Applied "))
            let doctor = try await HazinaProcess.run("doctor", environment: database.environment)
            #expect(doctor.status == 0, "\(doctor.output)")
        }
    }
}
