import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct MigratorTests {
    private static let first = Migration(version: 1, name: "one", sql: "create table a (id int)")
    private static let second = Migration(version: 2, name: "two", sql: "create table b (id int)")
    private static let third = Migration(
        version: 3, name: "three", sql: "alter table a add x int", breaksOlder: true)

    private func applied(_ migrations: [Migration]) -> [AppliedMigration] {
        migrations.map {
            AppliedMigration(
                version: $0.version, name: $0.name, checksum: $0.checksum,
                breaksOlder: $0.breaksOlder)
        }
    }

    // MARK: Comparing

    @Test func `the state of a schema is told from its rows`() {
        let all = [Self.first, Self.second, Self.third]
        let migrator = Migrator(schema: "s", migrations: all)
        #expect(migrator.state(applied: applied(all)) == .current)
        #expect(migrator.state(applied: []) == .behind(all))
        #expect(
            migrator.state(applied: applied([Self.first])) == .behind([Self.second, Self.third]))
        let older = Migrator(schema: "s", migrations: [Self.first])
        #expect(older.state(applied: applied([Self.first, Self.second])) == .newerCompatible)
        #expect(isIncompatible(older.state(applied: applied(all))))
    }

    @Test func `changed, missing and reordered steps are refused`() {
        let migrator = Migrator(schema: "s", migrations: [Self.first, Self.second])
        let changed = Migration(version: 1, name: "one", sql: "create table a (id bigint)")
        #expect(isIncompatible(migrator.state(applied: applied([changed]))))
        #expect(isIncompatible(migrator.state(applied: applied([Self.second]))))
        let gap = Migrator(schema: "s", migrations: [Self.first, Self.third])
        #expect(isIncompatible(gap.state(applied: [])))
        let twice = Migrator(schema: "s", migrations: [Self.first, Self.first])
        #expect(isIncompatible(twice.state(applied: [])))
    }

    @Test func `line ends do not change a checksum, anything else does`() {
        let unix = Migration(version: 1, name: "a", sql: "select 1;\nselect 2")
        let windows = Migration(version: 1, name: "a", sql: "select 1;\r\nselect 2")
        let other = Migration(version: 1, name: "a", sql: "select 1;\nselect 3")
        #expect(unix.checksum == windows.checksum)
        #expect(unix.checksum != other.checksum)
        #expect(unix.checksum.count == 16)
    }

    private func isIncompatible(_ state: SchemaState) -> Bool {
        if case .incompatible = state { true } else { false }
    }

    // MARK: Migrating

    /// A schema and an owner of their own.
    private func withSchema(
        _ body: (DirectConnection, String, String) async throws -> Void
    ) async throws {
        let schema = TestServer.uniqueName("s")
        let owner = TestServer.uniqueName("o")
        try await TestServer.withConnection { connection in
            try await connection.execute(script: "create role \(owner) nologin")
            do {
                try await body(connection, schema, owner)
            } catch {
                try? await drop(connection, schema, owner)
                throw error
            }
            try await drop(connection, schema, owner)
        }
    }

    private func drop(
        _ connection: DirectConnection, _ schema: String, _ owner: String
    ) async throws {
        try await connection.execute(
            script: """
                drop schema if exists \(schema) cascade; drop role \(owner)
                """)
    }

    private func steps(_ schema: String) -> [Migration] {
        [
            Migration(
                version: 1, name: "accounts",
                sql: "create table \(schema).accounts (id int primary key);"),
            Migration(
                version: 2, name: "two statements",
                sql: """
                    insert into \(schema).accounts values (1);
                    create function \(schema).f() returns int language sql as $$ select 1; $$;
                    """),
        ]
    }

    @Test func `missing steps run once and belong to the owner`() async throws {
        try await withSchema { connection, schema, owner in
            let migrator = Migrator(schema: schema, owner: owner, migrations: steps(schema))
            #expect(try await migrator.pending(on: connection).map(\.version) == [1, 2])
            #expect(try await migrator.migrate(on: connection).map(\.version) == [1, 2])
            #expect(try await migrator.migrate(on: connection).isEmpty)
            #expect(try await migrator.state(on: connection) == .current)
            let owners = try await connection.query(
                """
                select distinct tableowner::text as o from pg_tables where schemaname = \(schema)
                """)
            #expect(try owners.map { try $0.decode("o", as: String.self) } == [owner])
            let user = try await connection.query("select current_user::text as u")
            #expect(try user.first?.decode("u", as: String.self) != owner)
            try await TestServer.withPool(size: 1) { pool in
                let rows = try await pool.read(migrator.appliedQuery)
                #expect(try migrator.state(appliedRows: rows) == .current)
            }
        }
    }

    @Test func `a failing step is named, leaves nothing, and can be resumed`() async throws {
        try await withSchema { connection, schema, owner in
            let good = steps(schema)
            let bad = Migration(
                version: 3, name: "broken",
                sql: "create table \(schema).half (id int); select 1 / 0;")
            let migrator = Migrator(schema: schema, owner: owner, migrations: good + [bad])
            let error = await #expect(throws: PostgresError.self) {
                try await migrator.migrate(on: connection)
            }
            #expect(error?.statement == "migration 3 (broken)")
            #expect(try await migrator.pending(on: connection).map(\.version) == [3])
            let half = try await connection.query(
                "select to_regclass(\(schema + ".half")) is null as gone")
            #expect(try half.first?.decode("gone", as: Bool.self) == true)
            let mended = Migration(
                version: 3, name: "mended", sql: "create table \(schema).half (id int)")
            let again = Migrator(schema: schema, owner: owner, migrations: good + [mended])
            #expect(try await again.migrate(on: connection).map(\.version) == [3])
        }
    }

    @Test func `migrators that run at once share the work`() async throws {
        try await withSchema { connection, schema, owner in
            let many = (1...12).map {
                Migration(
                    version: $0, name: "step \($0)",
                    sql: "create table \(schema).t\($0) (id int); select pg_sleep(0.01);")
            }
            let migrator = Migrator(schema: schema, owner: owner, migrations: many)
            let ran = try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        try await TestServer.withConnection {
                            try await migrator.migrate(on: $0).map(\.version)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(ran.sorted() == Array(1...12))
        }
    }

    @Test func `a changed step and a newer schema are refused`() async throws {
        try await withSchema { connection, schema, owner in
            let known = steps(schema)
            _ = try await Migrator(schema: schema, owner: owner, migrations: known)
                .migrate(on: connection)
            let changed = Migration(version: 1, name: "accounts", sql: "select 2")
            let edited = Migrator(schema: schema, owner: owner, migrations: [changed, known[1]])
            let error = await #expect(throws: PostgresError.self) {
                try await edited.migrate(on: connection)
            }
            #expect(error?.kind == .migration)
            let older = Migrator(schema: schema, owner: owner, migrations: [known[0]])
            #expect(try await older.state(on: connection) == .newerCompatible)
            #expect(try await older.migrate(on: connection).isEmpty)
            let breaking = Migration(version: 3, name: "x", sql: "select 1", breaksOlder: true)
            _ = try await Migrator(schema: schema, owner: owner, migrations: known + [breaking])
                .migrate(on: connection)
            await #expect(throws: PostgresError.self) {
                try await older.migrate(on: connection)
            }
        }
    }

    @Test func `a schema that exists already and has odd letters is used`() async throws {
        let schema = "Odd \"name\" " + TestServer.uniqueName("s")
        try await TestServer.withConnection { connection in
            try await connection.execute(script: "create schema \(Migrator.quoted(schema))")
            let migrator = Migrator(
                schema: schema,
                migrations: [Migration(version: 1, name: "it's", sql: "select 'done'")])
            #expect(try await migrator.migrate(on: connection).count == 1)
            #expect(try await migrator.state(on: connection) == .current)
            try await connection.execute(script: "drop schema \(Migrator.quoted(schema)) cascade")
        }
    }
}
