import Foundation
import Postgres

/// All SQL of audits. Each rule's statement gives what breaks it.
struct AuditRepository: Sendable {
    func tenants(after tenant: UUID?, in pool: Pool) async throws -> [UUID] {
        let start = tenant ?? UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        return try await pool.read(
            """
            -- audit.tenants
            select id from hazina.tenant_ids_after(\(start), 100) as ids (id)
            """, settings: []
        ).map { try $0.decode("id") }
    }

    func size(
        _ tenant: UUID, in transaction: Transaction
    ) async throws -> (accounts: Int, transfers: Int) {
        let row = try await transaction.query(
            """
            -- audit.size
            select
                (select count(*) from hazina.ledger_accounts where tenant_id = \(tenant))
                    as accounts,
                (select count(*) from hazina.ledger_transfers where tenant_id = \(tenant))
                    as transfers
            """
        ).first
        return (try row?.decode("accounts") ?? 0, try row?.decode("transfers") ?? 0)
    }

    static func rules(_ tenant: UUID) -> [(rule: String, statement: SQL)] {
        [
            ("balances are the sums of transfers", totals(tenant)),
            ("a transfer is between two accounts of one asset", sides(tenant)),
            ("an asset's debits equal its credits", assets(tenant)),
            ("no account is overdrawn, too full, or closed with money on it", limits(tenant)),
            ("nothing is pending a minute after its time", pending(tenant)),
            ("the legs of an operation share their fate", legs(tenant)),
        ]
    }

    private static func totals(_ tenant: UUID) -> SQL {
        """
        -- audit.totals
        with sides as (
            select debit_account_id as id, state, amount as debit, 0 as credit
            from hazina.ledger_transfers
            where tenant_id = \(tenant) and state in ('posted', 'pending')
            union all
            select credit_account_id, state, 0, amount
            from hazina.ledger_transfers
            where tenant_id = \(tenant) and state in ('posted', 'pending')
        ), sums as (
            select id,
                coalesce(sum(debit) filter (where state = 'posted'), 0) as debits_posted,
                coalesce(sum(debit) filter (where state = 'pending'), 0) as debits_pending,
                coalesce(sum(credit) filter (where state = 'posted'), 0) as credits_posted,
                coalesce(sum(credit) filter (where state = 'pending'), 0) as credits_pending
            from sides group by id
        )
        select a.id as subject, format(
            'account has debits %s (%s pending), credits %s (%s pending); its transfers say '
                || '%s (%s), %s (%s)',
            a.debits_posted, a.debits_pending, a.credits_posted, a.credits_pending,
            coalesce(s.debits_posted, 0), coalesce(s.debits_pending, 0),
            coalesce(s.credits_posted, 0), coalesce(s.credits_pending, 0)) as detail
        from hazina.ledger_accounts a
        left join sums s on s.id = a.id
        where a.tenant_id = \(tenant)
            and (a.debits_posted, a.debits_pending, a.credits_posted, a.credits_pending)
            is distinct from (
                coalesce(s.debits_posted, 0), coalesce(s.debits_pending, 0),
                coalesce(s.credits_posted, 0), coalesce(s.credits_pending, 0))
        order by 1 limit 1000
        """
    }

    private static func sides(_ tenant: UUID) -> SQL {
        """
        -- audit.sides
        select t.id as subject, format(
            'transfer of %s from account %s to %s', t.amount, t.debit_account_id,
            t.credit_account_id) as detail
        from hazina.ledger_transfers t
        left join hazina.ledger_accounts d
            on d.tenant_id = t.tenant_id and d.id = t.debit_account_id
        left join hazina.ledger_accounts c
            on c.tenant_id = t.tenant_id and c.id = t.credit_account_id
        where t.tenant_id = \(tenant)
            and (d.id is null or c.id is null or d.id = c.id or d.asset_id <> c.asset_id)
        order by 1 limit 1000
        """
    }

    private static func assets(_ tenant: UUID) -> SQL {
        """
        -- audit.assets
        select asset_id as subject, format(
            'asset has debits %s (%s pending), credits %s (%s pending)',
            sum(debits_posted), sum(debits_pending), sum(credits_posted), sum(credits_pending)
            ) as detail
        from hazina.ledger_accounts
        where tenant_id = \(tenant)
        group by asset_id
        having sum(debits_posted) <> sum(credits_posted)
            or sum(debits_pending) <> sum(credits_pending)
        order by 1 limit 1000
        """
    }

    private static func limits(_ tenant: UUID) -> SQL {
        """
        -- audit.limits
        select id as subject, format(
            '%s account has debits %s (%s pending), credits %s (%s pending)%s', kind,
            debits_posted, debits_pending, credits_posted, credits_pending,
            case when closed_at is null then '' else ', and is closed' end) as detail
        from hazina.ledger_accounts
        where tenant_id = \(tenant) and (
            case
                when kind = 'settlement' then debits_posted < credits_posted + credits_pending
                when kind = 'receivable' then debits_posted < credits_posted + credits_pending
                    or debits_posted + debits_pending - credits_posted > 18446744073709551615
                else credits_posted < debits_posted + debits_pending
                    or credits_posted + credits_pending - debits_posted > 18446744073709551615
            end
            or closed_at is not null and (
                debits_posted <> credits_posted or debits_pending <> 0 or credits_pending <> 0))
        order by 1 limit 1000
        """
    }

    private static func pending(_ tenant: UUID) -> SQL {
        """
        -- audit.pending
        select id as subject, format('pending, and was to expire at %s', expires_at) as detail
        from hazina.ledger_transfers
        where tenant_id = \(tenant) and state = 'pending'
            and expires_at < clock_timestamp() - interval '60 seconds'
        order by 1 limit 1000
        """
    }

    private static func legs(_ tenant: UUID) -> SQL {
        """
        -- audit.legs
        select l.id as subject, format(
            'leg is %s, its first leg %s is %s', l.state, l.linked_to,
            coalesce(h.state::text, 'missing')) as detail
        from hazina.ledger_transfers l
        left join hazina.ledger_transfers h on h.tenant_id = l.tenant_id and h.id = l.linked_to
        where l.tenant_id = \(tenant) and l.linked_to is not null
            and (h.id is null or h.linked_to is not null or h.state <> l.state
                or (h.resolved_at is null) <> (l.resolved_at is null))
        order by 1 limit 1000
        """
    }
}
