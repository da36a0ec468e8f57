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

    @Test func `a role with CREATEROLE migrates and keeps no membership in the owner`() async throws
    {
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
                on: connection, serverRole: name, password: nil)
            #expect(report.applied.count == SchemaVersion.required)
            let member = try await connection.query(
                "select pg_has_role(current_user, 'hazina_owner', 'member') as is_member")
            #expect(try member.first?.decode("is_member", as: Bool.self) == false)
        }
        let pool = Pool(PoolConfiguration(url: url), logger: TestSupport.logger)
        try await pool.start()
        #expect(try await ServerRole.problems(pool) == [])
        await pool.shutdown()
        try await TestDatabase.admin(cluster) { connection in
            try await connection.execute(script: "drop database \(name) with (force)")
            try await connection.execute(script: "drop role \(name)")
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
                        select 9999, 'future', checksum, true
                        from hazina.schema_migrations where version = 1
                        """)
            }
            try await GraphQLTester.with(database) { tester in
                #expect(await tester.app.readiness() != .ready)
            }
        }
    }
}
