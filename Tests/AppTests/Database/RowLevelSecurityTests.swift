import App
import Foundation
import Postgres
import TestSupport
import Testing

/// Logs in as the server's role and tries what a wrong program could.
@Suite struct RowLevelSecurityTests {
    /// Every table with a tenant_id that the server's role may read.
    private func tenantTables(_ pool: Pool) async throws -> [String] {
        try await pool.read(
            """
            select c.relname::text as name from pg_class c
            join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
            where c.relnamespace = 'hazina'::regnamespace and c.relkind = 'r'
                and has_table_privilege(c.oid, 'select')
            order by 1
            """
        ).map { try $0.decode("name") }
    }

    private func setting(_ tenant: String) -> [LocalSetting] {
        [LocalSetting(name: "app.tenant_id", value: tenant)]
    }

    private func populate(_ tester: GraphQLTester, _ url: String) async throws -> String {
        let tenant = try await tester.makeTenant()
        let pointer = try await tester.makePaymentPointer(url, as: tenant.credentials)
        _ = try await tester.makeSession(pointer, as: tenant.credentials)
        let peer = try await tester.makePeer(tokens: ["token of \(url)"], as: tenant.credentials)
        try await tester.deposit(100, toPeer: peer, as: tenant.credentials)
        _ = try await tester.send(
            "mutation { finalizeLiquidityWithdrawal(withdrawalId: \"x\") { code } }",
            under: "key", as: tenant.credentials)
        try await makePayment(tester, to: pointer, url, tenant)
        let client = try await tester.makeClient(as: tenant.credentials)
        _ = try await tester.addKey(to: client, as: tenant.credentials)
        for operation in [
            "setWebhook(input: {url: \"https://wallet.example/hook\"})", "sendTestWebhook",
        ] {
            _ = try await tester.mutate(
                "mutation { \(operation) { code } }", as: tenant.credentials)
        }
        try await tester.pool.transaction(settings: setting(tenant.id)) { transaction in
            _ = try await transaction.execute(
                """
                insert into hazina.retention_marks (tenant_id, kind, last_id)
                values (\(UUID(uuidString: tenant.id)), 'quote', \(UUID()))
                """)
        }
        return tenant.id
    }

    /// A payment with its quote, and trust in the operator.
    private func makePayment(
        _ tester: GraphQLTester, to pointer: String, _ url: String,
        _ tenant: GraphQLTester.TestTenant
    ) async throws {
        let pointer = GraphQLTester.TestPointer(id: pointer, url: url, code: "USD", scale: 2)
        let receiver = try await tester.makeReceiver(pointer, as: tenant.credentials)
        _ = try await tester.makePayment(
            from: pointer, to: receiver, sending: 1, as: tenant.credentials)
        _ = try await tester.mutate(
            "mutation($input: SetPositionLimitInput!) { setPositionLimit(input: $input) { code } }",
            [
                "input": [
                    "tenantId": "00000000-0000-7000-8000-000000000001", "limit": "1",
                    "assetId": .string(
                        try await tester.asset(of: pointer, as: tenant.credentials)),
                ]
            ], as: tenant.credentials)
    }

    @Test func `each tenant sees its own rows, and without a setting there are none`() async throws
    {
        try await GraphQLTester.with { tester in
            let first = try await populate(tester, "https://a.example/1")
            _ = try await populate(tester, "https://b.example/1")
            let tables = try await tenantTables(tester.pool)
            #expect(tables.count >= 8)
            for table in tables {
                let count: SQL = """
                    select count(*) as total,
                        count(*) filter (where tenant_id::text <> \(first)) as foreign
                    from hazina.\(unescaped: table)
                    """
                let own = try #require(
                    try await tester.pool.read(count, settings: setting(first)).first)
                #expect(try own.decode("total", as: Int.self) > 0, "\(table)")
                #expect(try own.decode("foreign", as: Int.self) == 0, "\(table)")
                for settings in [[], setting("")] {
                    let none = try #require(
                        try await tester.pool.read(count, settings: settings).first)
                    #expect(try none.decode("total", as: Int.self) == 0, "\(table)")
                }
            }
        }
    }

    @Test func `a row of another tenant can neither be changed nor made`() async throws {
        try await GraphQLTester.with { tester in
            let first = try await populate(tester, "https://a.example/1")
            let second = try await populate(tester, "https://b.example/1")
            let changes = [
                "tenants": "name = 'stolen'", "assets": "withdrawal_threshold = 1",
                "peers": "outgoing_endpoint = 'https://stolen.example'",
                "api_keys": "expires_at = null", "sessions": "expires_at = now()",
            ]
            for (table, name) in changes {
                let affected = try await tester.pool.transaction(settings: setting(first)) { tx in
                    try await tx.execute(
                        """
                        update hazina.\(unescaped: table) set \(unescaped: name)
                        where tenant_id::text = \(second)
                        """)
                }
                #expect(affected == 0, "\(table)")
            }
            await #expect(throws: PostgresError.self) {
                try await tester.pool.transaction(settings: setting(first)) { tx in
                    _ = try await tx.execute(
                        """
                        insert into hazina.assets (tenant_id, id, code, scale)
                        values (\(UUID(uuidString: second)), \(UUID()), 'XXX', 0)
                        """)
                }
            }
        }
    }

    @Test(arguments: [
        "select * from hazina.credential_directory",
        "select * from hazina.payment_pointer_directory",
        "select * from hazina.peer_token_directory",
        "select * from hazina.tenant_directory",
        "select * from hazina.ledger_expiries",
        "select * from hazina.webhook_queue",
        "select * from hazina.webhook_receivers",
        "update hazina.webhook_events set state = 'DELIVERED'",
        "insert into hazina.ledger_transfers (amount) values (1)",
        "update hazina.ledger_transfers set amount = 1",
        "delete from hazina.ledger_transfers",
        "select hazina.ledger_make(null, null, null, null, null, null, null, null)",
        "select hazina.ledger_resolve('post', null)",
        "update hazina.ledger_accounts set credits_posted = 1",
        "update hazina.payment_pointers set normalized_url = 'https://stolen.example/'",
        "update hazina.peers set asset_id = id",
        "delete from hazina.peers",
        "update hazina.peer_incoming_tokens set token_hash = sha256('')",
        "update hazina.api_keys set secret_hash = sha256('')",
        "update hazina.sessions set secret_hash = sha256('')",
        "insert into hazina.ledger_accounts select * from hazina.ledger_accounts",
        "delete from hazina.ledger_accounts",
        "truncate hazina.assets",
        "create table hazina.mine (id int)",
        "alter table hazina.assets disable row level security",
        "drop policy tenant_isolation on hazina.assets",
        "set local row_security = off; select * from hazina.assets",
        "set local role hazina_owner",
        "insert into hazina.schema_migrations default values",
        "create function hazina.f() returns int language sql as 'select 1'",
    ])
    func `the server's role may not`(_ statement: String) async throws {
        try await TestDatabase.with { database in
            let connection = try await DirectConnection.open(url: database.serverURL)
            do {
                try await connection.execute(script: "begin; " + statement)
                Issue.record("was allowed: \(statement)")
            } catch let error as PostgresError {
                #expect(error.sqlState == "42501", "\(error)")
            }
            connection.close()
        }
    }

    @Test func `all tables with a tenant force row-level security, directories apart`() async throws
    {
        try await TestDatabase.with { database in
            try await TestDatabase.admin(database.adminURL) { connection in
                let unprotected = try await connection.query(
                    """
                    select c.relname::text as name from pg_class c
                    where c.relnamespace = 'hazina'::regnamespace and c.relkind in ('r', 'p')
                        and not (c.relrowsecurity and c.relforcerowsecurity)
                    order by 1
                    """
                ).map { try $0.decode("name", as: String.self) }
                #expect(
                    unprotected == [
                        "client_key_directory", "credential_directory", "ledger_expiries",
                        "payment_pointer_directory", "peer_token_directory",
                        "schema_migrations", "tenant_directory", "webhook_queue",
                        "webhook_receivers", "work",
                    ])
                let foreign = try await connection.query(
                    """
                    select 1 from pg_shdepend d
                    join pg_class c on c.oid = d.objid and d.classid = 'pg_class'::regclass
                    where c.relnamespace = 'hazina'::regnamespace and d.deptype = 'o'
                        and d.refobjid <> (
                            select oid from pg_authid where rolname = 'hazina_owner')
                        and d.dbid = (
                            select oid from pg_database where datname = current_database())
                    """)
                #expect(foreign.isEmpty)
            }
        }
    }
}
