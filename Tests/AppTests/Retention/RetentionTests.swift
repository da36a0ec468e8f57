import App
import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct RetentionTests {
    /// A server with one tenant, whose rows are made older than they are.
    private struct Fixture {
        let tester: GraphQLTester
        let database: TestDatabase
        let tenant: GraphQLTester.TestTenant
        let pointer: String
        let retention: Retention

        var id: UUID? { UUID(uuidString: tenant.id) }

        func admin(
            _ statement: SQL, settings: SQL = "select 1"
        ) async throws {
            try await TestDatabase.admin(database.adminURL) { connection in
                try await connection.query(settings)
                try await connection.query(statement)
            }
        }

        /// The texts that a query answers as `name`, sorted.
        func names(_ statement: SQL) async throws -> [String] {
            let connection = try await DirectConnection.open(url: database.adminURL)
            defer { connection.close() }
            return try await connection.query(statement)
                .map { try $0.decode("name", as: String.self) }.sorted()
        }

        func sweep() async throws {
            while try await retention.pass() == .more {}
        }
    }

    private func with(_ body: (Fixture) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            try await GraphQLTester.with(database) { tester in
                let tenant = try await tester.makeTenant()
                try await body(
                    Fixture(
                        tester: tester, database: database, tenant: tenant,
                        pointer: try await tester.makePaymentPointer(as: tenant.credentials),
                        retention: Retention(
                            RetentionConfiguration(sessionDays: 7, quoteDays: 30, eventDays: 90),
                            database: Database(
                                pool: tester.pool, statementTimeout: .seconds(30)))))
            }
        }
    }

    @Test func `sessions go a while after they expired`() async throws {
        try await with { fixture in
            for _ in 0..<3 {
                _ = try await fixture.tester.makeSession(
                    fixture.pointer, as: fixture.tenant.credentials)
            }
            try await fixture.admin(
                """
                with numbered as (
                    select id, row_number() over (order by id) as n from hazina.sessions
                    where tenant_id = \(fixture.id)
                )
                update hazina.sessions s set expires_at = case n.n
                    when 1 then now() - interval '169 hours'
                    when 2 then now() - interval '167 hours' else s.expires_at end
                from numbered n where s.id = n.id
                """)
            try await fixture.sweep()
            let left = try await fixture.names(
                "select (expires_at > now())::text as name from hazina.sessions")
            #expect(left == ["false", "true"])
        }
    }

    @Test func `answers under keys go after a day, however many there are`() async throws {
        try await with { fixture in
            try await fixture.admin(
                """
                insert into hazina.idempotency_keys (tenant_id, key, request_hash, created_at)
                select \(fixture.id), 'old ' || n, sha256(n::text::bytea), now() - interval '25 hours'
                from generate_series(1, 1201) n
                union all
                select \(fixture.id), 'new', sha256('x'), now() - interval '23 hours'
                """)
            try await fixture.sweep()
            #expect(
                try await fixture.names("select key as name from hazina.idempotency_keys") == [
                    "new"
                ])
        }
    }

    @Test func `a quote that no payment used goes, one that a payment used stays`() async throws {
        try await with { fixture in
            try await fixture.admin(
                """
                insert into hazina.quotes (
                    tenant_id, id, payment_pointer_id, asset_id, receiver, receiver_tenant_id,
                    receiver_payment_id, receive_asset_code, receive_asset_scale, send_amount,
                    fee_amount, receive_amount, exchange_rate, created_at, expires_at)
                select p.tenant_id, hazina.uuid_at(now() - interval '1 day' * q.days), p.id,
                    p.asset_id, q.name, p.tenant_id, p.id, 'USD', 2, 10, 0, 10, 1,
                    now() - interval '1 day' * q.days, now() - interval '1 day' * q.days
                from hazina.payment_pointers p,
                    (values (40, 'used'), (35, 'unused'), (31, 'also unused'), (29, 'young'))
                        q (days, name)
                """)
            try await fixture.admin(
                """
                insert into hazina.outgoing_payments (tenant_id, id, payment_pointer_id)
                select tenant_id, id, payment_pointer_id from hazina.quotes
                where receiver = 'used'
                """)
            for _ in 0..<2 {
                try await fixture.sweep()
                let left = try await fixture.names("select receiver as name from hazina.quotes")
                #expect(left == ["used", "young"])
            }
        }
    }

    /// Events of kinds that name what is left of them.
    private func makeEvents(_ fixture: Fixture) async throws {
        try await fixture.admin(
            """
            insert into hazina.webhook_events (
                tenant_id, id, type, subject_id, payment_pointer_id, data, state, created_at,
                next_attempt_at, withdrawal_account_id, withdrawal_asset_id, withdrawal_amount)
            select p.tenant_id, hazina.uuid_at(now() - interval '1 hour' * (24 * e.days + e.n)),
                e.name, p.id, p.id, '{}', e.state, now() - interval '1 day' * e.days,
                case e.state when 'PENDING' then now() end,
                case when e.offers then p.id end, case when e.offers then p.asset_id end,
                case when e.offers then 5 end
            from hazina.payment_pointers p, (values
                (1, 100, 'told', 'DELIVERED', false), (2, 100, 'offered', 'DELIVERED', true),
                (3, 100, 'withdrawn', 'DELIVERED', true), (4, 100, 'failed', 'FAILED', false),
                (5, 100, 'pending', 'PENDING', false), (6, 80, 'young', 'DELIVERED', false)
            ) e (n, days, name, state, offers)
            """)
        // Past the ledger's own triggers, since nothing has to be right but the id.
        try await fixture.admin(
            """
            insert into hazina.ledger_transfers (
                tenant_id, id, debit_account_id, credit_account_id, state, amount)
            select e.tenant_id, e.id, d.id, c.id, 'posted', 5
            from hazina.webhook_events e
            join hazina.ledger_accounts d on d.tenant_id = e.tenant_id and d.kind = 'asset'
            join hazina.ledger_accounts c on c.tenant_id = e.tenant_id and c.kind = 'fee'
            where e.type = 'withdrawn'
            """, settings: "set session_replication_role = replica")
    }

    @Test func `a delivered event goes, unless its money waits`() async throws {
        try await with { fixture in
            try await makeEvents(fixture)
            for _ in 0..<2 {
                try await fixture.sweep()
                let left = try await fixture.names(
                    "select type as name from hazina.webhook_events")
                #expect(left == ["failed", "offered", "pending", "young"])
            }
        }
    }

    @Test func `an event by which a payment is funded stays while it waits for money`() async throws
    {
        try await with { fixture in
            try await makeEvents(fixture)
            try await fixture.admin(
                """
                with quote as (
                    insert into hazina.quotes (
                        tenant_id, id, payment_pointer_id, asset_id, receiver, receiver_tenant_id,
                        receiver_payment_id, receive_asset_code, receive_asset_scale, send_amount,
                        fee_amount, receive_amount, exchange_rate, expires_at)
                    select tenant_id, id, id, asset_id, 'x', tenant_id, id, 'USD', 2, 10, 0, 10, 1,
                        now()
                    from hazina.payment_pointers
                    returning tenant_id, id, payment_pointer_id
                )
                insert into hazina.outgoing_payments (tenant_id, id, payment_pointer_id)
                select tenant_id, id, payment_pointer_id from quote
                """)
            try await fixture.sweep()
            let left = try await fixture.names("select type as name from hazina.webhook_events")
            #expect(left.contains("told"))
        }
    }

    @Test func `every tenant has its turn`() async throws {
        try await with { fixture in
            for _ in 0..<55 { _ = try await fixture.tester.makeTenant() }
            try await fixture.admin(
                """
                insert into hazina.idempotency_keys (tenant_id, key, request_hash, created_at)
                select tenant_id, 'old', sha256('x'), now() - interval '2 days'
                from hazina.tenants
                """)
            #expect(try await fixture.retention.pass() == .more)
            #expect(try await fixture.retention.pass() == .nothing)
            #expect(
                try await fixture.names("select key as name from hazina.idempotency_keys") == [])
        }
    }
}
