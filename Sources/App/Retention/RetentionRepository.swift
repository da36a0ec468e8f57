import Postgres

/// The SQL that removes what has had its time. Each statement answers how many rows it looked at.
struct RetentionRepository: Sendable {
    /// How many rows a statement looks at.
    static let batch = 500

    let database: Database

    /// Sessions that expired so many days ago.
    static func sessions(days: Int, tenant: TenantID) -> SQL {
        """
        -- retention.sessions
        with due as (
            select s.id from hazina.sessions s
            where s.tenant_id = \(tenant)
                and s.expires_at < now() - make_interval(days => \(Int32(days)))
            order by s.expires_at limit \(batch) for update skip locked
        ), removed as (
            delete from hazina.sessions s using due
            where s.tenant_id = \(tenant) and s.id = due.id
        )
        select count(*) as looked_at from due
        """
    }

    /// Answers under keys, which count for 24 hours.
    static func answers(tenant: TenantID) -> SQL {
        """
        -- retention.answers
        with due as (
            select k.key from hazina.idempotency_keys k
            where k.tenant_id = \(tenant) and k.created_at < now() - interval '24 hours'
            order by k.created_at limit \(batch) for update skip locked
        ), removed as (
            delete from hazina.idempotency_keys k using due
            where k.tenant_id = \(tenant) and k.key = due.key
        )
        select count(*) as looked_at from due
        """
    }

    /// Quotes made so many days ago that no payment has used.
    static func quotes(days: Int, tenant: TenantID) -> SQL {
        """
        -- retention.quotes
        with due as (
            select q.id from hazina.quotes q
            where q.tenant_id = \(tenant)\(unmarked: "quote", "q", days: days, tenant)
            order by q.id limit \(batch)
        ), removed as (
            delete from hazina.quotes q using due
            where q.tenant_id = \(tenant) and q.id = due.id and q.expires_at < now()
                and not exists (
                    select from hazina.outgoing_payments o
                    where o.tenant_id = \(tenant) and o.id = q.id)
        ), \(mark: "quote", tenant)
        select count(*) as looked_at from due
        """
    }

    /// Events made so many days ago that were delivered, and of which nothing is left to do: the
    /// money they offer is withdrawn, the payment they tell of does not wait for money.
    static func events(days: Int, tenant: TenantID) -> SQL {
        """
        -- retention.events
        with due as (
            select e.id from hazina.webhook_events e
            where e.tenant_id = \(tenant)\(unmarked: "event", "e", days: days, tenant)
            order by e.id limit \(batch)
        ), removed as (
            delete from hazina.webhook_events e using due
            where e.tenant_id = \(tenant) and e.id = due.id and e.state = 'DELIVERED'
                and (e.withdrawal_amount is null or exists (
                    select from hazina.ledger_transfers t
                    where t.tenant_id = \(tenant) and t.id = e.id))
                and not exists (
                    select from hazina.outgoing_payments o
                    where o.tenant_id = \(tenant) and o.id = e.subject_id
                        and o.state = 'FUNDING')
        ), \(mark: "event", tenant)
        select count(*) as looked_at from due
        """
    }

    /// Entries of the audit log made so many days ago, through the one function that may.
    static func auditLog(days: Int) -> SQL {
        """
        -- retention.audit_log
        select hazina.audit_log_expire(\(Int32(days)), \(Int32(batch))) as looked_at
        """
    }

    /// The statements in one transaction.
    /// - Returns: whether one of them may have left something for the next time.
    func run(_ statements: [SQL], tenant: TenantID) async throws -> Bool {
        try await database.write(statements, as: tenant).contains { rows in
            try rows.first?.decode("looked_at", as: Int.self) == Self.batch
        }
    }

    /// Up to `limit` tenants in the order of their ids.
    func tenants(after cursor: TenantID, limit: Int) async throws -> [TenantID] {
        try await database.readDirectory(
            """
            -- retention.tenants
            select id from hazina.tenant_ids_after(\(cursor), \(Int32(clamping: limit))) t (id)
            """
        ).map { try $0.id("id") }
    }
}

extension SQL.StringInterpolation {
    /// ` and` the conditions that a row is old enough and was not looked at.
    fileprivate mutating func appendInterpolation(
        unmarked kind: String, _ alias: String, days: Int, _ tenant: TenantID
    ) {
        appendLiteral(" and \(alias).id < hazina.uuid_at(now() - make_interval(days => ")
        appendInterpolation(Int32(days))
        appendLiteral(")) and \(alias).id > coalesce((select m.last_id")
        appendLiteral(" from hazina.retention_marks m where m.tenant_id = ")
        appendInterpolation(tenant)
        appendLiteral(" and m.kind = '\(kind)'), '00000000-0000-0000-0000-000000000000')")
    }

    /// The step that keeps how far `due` went.
    fileprivate mutating func appendInterpolation(mark kind: String, _ tenant: TenantID) {
        appendLiteral(
            """
            marked as (
                insert into hazina.retention_marks as m (tenant_id, kind, last_id)
                select
            """)
        appendLiteral(" ")
        appendInterpolation(tenant)
        appendLiteral(
            """
            , '\(kind)', due.id from due order by due.id desc limit 1
                on conflict (tenant_id, kind) do update set last_id = excluded.last_id
                where m.last_id < excluded.last_id
            )
            """)
    }
}
