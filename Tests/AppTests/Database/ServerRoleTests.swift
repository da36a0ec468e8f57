import App
import Postgres
import TestSupport
import Testing

@Suite struct ServerRoleTests {
    private func problems(_ url: String) async throws -> [RoleProblem] {
        let pool = Pool(PoolConfiguration(url: url), logger: TestSupport.logger)
        try await pool.start()
        let problems = try await ServerRole.problems(pool)
        await pool.shutdown()
        return problems
    }

    @Test func `the role that migrate made is fit`() async throws {
        try await TestDatabase.with { database in
            let problems = try await problems(database.serverURL)
            #expect(problems == [])
        }
    }

    @Test func `a superuser is refused`() async throws {
        try await TestDatabase.with { database in
            let problems = try await problems(database.adminURL)
            guard case .superuser = problems.first else {
                Issue.record("\(problems)")
                return
            }
        }
    }

    @Test func `a role that bypasses, owns or is a member of the owner is refused`() async throws {
        try await TestDatabase.with { database in
            let role = "unfit_" + database.name.suffix(12)
            try await TestDatabase.admin(database.adminURL) { connection in
                try await connection.execute(
                    script: """
                        create role \(role) login bypassrls createrole password 'unfit'
                            in role hazina_owner;
                        create table public.mine ();
                        alter table public.mine owner to \(role);
                        """)
            }
            let url = try TestSupport.url(database: database.name, user: role, password: "unfit")
            let found = try await problems(url)
            #expect(
                found == [
                    .bypassesRowLevelSecurity(role: role), .ownsObjects(role: role, count: 1),
                    .memberOfOwner(role: role),
                    .canEscape(role: role, reason: "has CREATEROLE"),
                ])
            try await TestDatabase.admin(database.adminURL) { connection in
                try await connection.execute(
                    script: "drop table public.mine; drop role \(role);")
            }
        }
    }
}
