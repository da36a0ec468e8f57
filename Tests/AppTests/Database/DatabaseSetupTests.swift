import App
import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct DatabaseSetupTests {
    @Test func `a second migrate has nothing to do`() async throws {
        try await TestDatabase.with { database in
            try await TestDatabase.admin(database.adminURL) { connection in
                let report = try await DatabaseSetup.migrate(
                    on: connection, serverRole: "hazina_test_server", password: nil)
                #expect(report.applied.isEmpty)
                #expect(report.steps.isEmpty)
            }
        }
    }

    @Test
    func `a role with CREATEROLE migrates, and may not serve itself`() async throws {
        let name = "hazina_plain_\(UInt32.random(in: 0 ... .max))"
        let cluster = try TestSupport.clusterURL()
        try await TestDatabase.admin(cluster) { connection in
            try await connection.execute(
                script: "create role \(name) login createrole password 'plain'")
            try await connection.execute(script: "create database \(name)")
            try await connection.execute(script: "grant create on database \(name) to \(name)")
        }
        let url = try TestSupport.url(database: name, user: name, password: "plain")
        try await TestDatabase.admin(url) { connection in
            let report = try await DatabaseSetup.migrate(
                on: connection, serverRole: "\(name)_server", password: "server")
            #expect(report.applied.count == SchemaVersion.required)
            #expect(report.steps.contains("Created role \(name)_server"))
        }
        let unfit = try await problems(url)
        #expect(unfit.contains(.memberOfOwner(role: name)))
        #expect(unfit.contains(.canEscape(role: name, reason: "has CREATEROLE")))
        let server = try TestSupport.url(
            database: name, user: "\(name)_server", password: "server")
        #expect(try await problems(server).isEmpty)
        try await TestDatabase.admin(cluster) { connection in
            try await connection.execute(script: "drop database \(name) with (force)")
            try await connection.execute(script: "drop role \(name)_server")
            try await connection.execute(script: "drop role \(name)")
        }
    }

    private func problems(_ url: String) async throws -> [RoleProblem] {
        let pool = Pool(PoolConfiguration(url: url), logger: TestSupport.logger)
        try await pool.start()
        let problems = try await ServerRole.problems(pool)
        await pool.shutdown()
        return problems
    }

    @Test func `servers that migrate at the same time wait for each other`() async throws {
        let name = "hazina_race_\(UInt32.random(in: 0 ... .max))"
        let cluster = try TestSupport.clusterURL()
        try await TestDatabase.admin(cluster) { connection in
            try await connection.execute(script: "create database \(name)")
        }
        let url = try TestSupport.url(database: name)
        let applied = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let connection = try await DirectConnection.open(url: url)
                    defer { connection.close() }
                    return try await DatabaseSetup.migrate(
                        on: connection, serverRole: "hazina_test_server", password: nil
                    ).applied.count
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(applied == SchemaVersion.required)
        try await TestDatabase.admin(cluster) { connection in
            try await connection.execute(script: "drop database \(name) with (force)")
        }
    }

    @Test func `an older version leaves a newer one's grants`() async throws {
        try await TestDatabase.with { database in
            try await TestDatabase.admin(database.adminURL) { connection in
                try await connection.execute(
                    script: """
                        insert into hazina.schema_migrations (version, name, checksum, breaks_older)
                        select max(version) + 1, 'future', 'x', false
                        from hazina.schema_migrations;
                        create table hazina.future (id int);
                        grant select on hazina.future to hazina_test_server;
                        """)
                _ = try await DatabaseSetup.migrate(
                    on: connection, serverRole: "hazina_test_server", password: nil)
                let kept = try await connection.query(
                    """
                    select has_table_privilege('hazina_test_server', 'hazina.future', 'select')
                        as is_kept
                    """)
                #expect(try kept.first?.decode("is_kept", as: Bool.self) == true)
            }
        }
    }

    @Test func `a role that may not create roles or schemas is told what to do`() async throws {
        try await TestDatabase.with { database in
            try await TestDatabase.admin(database.serverURL) { connection in
                await #expect(throws: (any Error).self) {
                    _ = try await DatabaseSetup.migrate(
                        on: connection, serverRole: "hazina_test_server", password: nil)
                }
            }
        }
    }

    @Test func `readiness tells a schema that is missing, behind or incompatible`() async throws {
        try await GraphQLTester.with { tester in
            #expect(await tester.app.readiness() == .ready)
        }
        try await TestDatabase.with { database in
            try await TestDatabase.admin(database.adminURL) { connection in
                try await connection.execute(
                    script: """
                        delete from hazina.schema_migrations
                        where version = (select max(version) from hazina.schema_migrations)
                        """)
            }
            try await GraphQLTester.with(database) { tester in
                guard case .unavailable(let reason) = await tester.app.readiness() else {
                    Issue.record("ready with a schema that is behind")
                    return
                }
                #expect(reason.contains("hazina migrate"))
            }
        }
        try await TestDatabase.with { database in
            try await TestDatabase.admin(database.adminURL) { connection in
                try await connection.execute(
                    script: """
                        insert into hazina.schema_migrations (version, name, checksum, breaks_older)
                        select max(version) + 1, 'future', 'x', true
                        from hazina.schema_migrations
                        """)
            }
            try await GraphQLTester.with(database) { tester in
                #expect(await tester.app.readiness() != .ready)
            }
        }
    }
}
