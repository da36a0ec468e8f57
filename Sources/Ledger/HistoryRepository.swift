import Foundation
import Postgres

/// The SQL that reads accounts and transfers.
extension LedgerRepository {
    static func balances(of accounts: [UUID], tenant: UUID) -> SQL {
        """
        -- ledger.balances
        select id, kind, asset_id, credits_posted - debits_posted - debits_pending as available,
            credits_posted::text as credits_posted, debits_posted::text as debits_posted
        from hazina.ledger_accounts
        where tenant_id = \(tenant) and id = any (\(accounts))
            and kind not in ('settlement', 'receivable') and closed_at is null
        """
    }

    static func balances(_ rows: Rows) throws -> [UUID: Balance] {
        let balances = try rows.compactMap { try balance($0) }
        return Dictionary(balances.map { ($0.accountID, $0) }) { first, _ in first }
    }

    /// A transfer in two phases counts from when it was posted.
    static func balance(of account: UUID, at moment: Timestamp, tenant: UUID) -> SQL {
        """
        -- ledger.balance_at
        select greatest(coalesce(sum(amount), 0), 0) as balance from (
            select amount from hazina.ledger_transfers
            where tenant_id = \(tenant) and credit_account_id = \(account) and state = 'posted'
                and coalesce(resolved_at, created_at) <= \(moment)
            union all
            select -amount from hazina.ledger_transfers
            where tenant_id = \(tenant) and debit_account_id = \(account) and state = 'posted'
                and coalesce(resolved_at, created_at) <= \(moment)
        ) moved
        """
    }

    static func accounts(
        _ kind: AccountKind, creditedBy transfer: UUID, tenant: UUID
    ) -> SQL {
        """
        -- ledger.accounts_credited_by
        select distinct a.id from hazina.ledger_transfers t
        join hazina.ledger_accounts a on a.tenant_id = t.tenant_id and a.id = t.credit_account_id
        where t.tenant_id = \(tenant) and (t.id = \(transfer) or t.linked_to = \(transfer))
            and t.state = 'pending' and a.kind = \(kind.rawValue)
        """
    }

    static func feeAccounts(of assets: [UUID], tenant: UUID) -> SQL {
        """
        -- ledger.fee_accounts
        select asset_id, id, credits_posted - debits_posted - debits_pending as available
        from hazina.ledger_accounts
        where tenant_id = \(tenant) and asset_id = any (\(assets)) and kind = 'fee'
        """
    }

    static func feeAccounts(_ rows: Rows) throws -> [UUID: (account: UUID, available: UInt64)] {
        var accounts: [UUID: (account: UUID, available: UInt64)] = [:]
        for row in rows {
            accounts[try row.decode("asset_id")] = (
                try row.decode("id"), try row.decode("available")
            )
        }
        return accounts
    }

    static func positions(of accounts: [UUID], tenant: UUID) -> SQL {
        """
        -- ledger.positions
        select id, debit_limit, case kind
            when 'receivable' then debits_posted + debits_pending - credits_posted
            else credits_posted - debits_posted - debits_pending end as amount
        from hazina.ledger_accounts
        where tenant_id = \(tenant) and id = any (\(accounts))
            and kind in ('payable', 'receivable')
        """
    }

    static func balance(_ row: Row) throws -> Balance? {
        guard let kind = AccountKind(rawValue: try row.decode("kind")) else { return nil }
        return Balance(
            accountID: try row.decode("id"), kind: kind, assetID: try row.decode("asset_id"),
            available: try row.decode("available"),
            totalReceived: try row.decode("credits_posted"),
            totalSent: try row.decode("debits_posted"))
    }

    static func transfer(_ id: UUID, tenant: UUID) -> SQL {
        """
        -- ledger.transfer
        select \(unescaped: columns)
        from hazina.ledger_transfers t
        \(unescaped: sides)
        where t.tenant_id = \(tenant) and t.id = \(id)
        """
    }

    /// Each side of an account has an index in the order of `seq`, so that a page reads no more
    /// rows than twice its size.
    static func transfers(
        of accounts: [UUID], _ history: HistoryRequest, tenant: UUID
    ) -> SQL {
        let (cursor, isForward): (UUID?, Bool) =
            switch history.start {
            case .oldest: (nil, true)
            case .newest: (nil, false)
            case .after(let id): (id, true)
            case .before(let id): (id, false)
            }
        let bound = isForward ? "> coalesce(c.seq, 0)" : "< coalesce(c.seq, 9223372036854775807)"
        let order = isForward ? "asc" : "desc"
        let limit = history.limit + 1
        return """
            -- ledger.transfers
            select a.account_id, \(unescaped: columns)
            from unnest(\(accounts)) with ordinality a (account_id, n)
            left join hazina.ledger_transfers c on c.tenant_id = \(tenant) and c.id = \(cursor)
            cross join lateral (
                select * from (
                    (select * from hazina.ledger_transfers d
                    where d.tenant_id = \(tenant) and d.debit_account_id = a.account_id
                        and d.seq \(unescaped: bound)
                    order by d.seq \(unescaped: order) limit \(limit))
                    union all
                    (select * from hazina.ledger_transfers d
                    where d.tenant_id = \(tenant) and d.credit_account_id = a.account_id
                        and d.seq \(unescaped: bound)
                    order by d.seq \(unescaped: order) limit \(limit))
                ) either
                order by seq \(unescaped: order) limit \(limit)
            ) t
            \(unescaped: sides)
            where \(cursor)::uuid is null or c.id is not null
            order by a.n, t.seq \(unescaped: order)
            """
    }

    static func due(_ limit: Int) -> SQL {
        """
        -- ledger.due
        select tenant_id, transfer_id from hazina.ledger_expiries_due(\(Int32(clamping: limit)))
        """
    }

    private static let columns = """
        t.id, t.debit_account_id, t.credit_account_id, t.amount, t.state::text as state,
            t.created_at, t.expires_at, t.resolved_at,
            td.kind = 'settlement' as is_deposit, tc.kind = 'settlement' as is_withdrawal
        """

    private static let sides = """
        join hazina.ledger_accounts td
            on td.tenant_id = t.tenant_id and td.id = t.debit_account_id
        join hazina.ledger_accounts tc
            on tc.tenant_id = t.tenant_id and tc.id = t.credit_account_id
        """

    static func recordedTransfer(_ row: Row) throws -> RecordedTransfer {
        guard let state = RecordedTransfer.State(rawValue: try row.decode("state")) else {
            throw PostgresError.decoding("unknown state of a transfer")
        }
        return RecordedTransfer(
            id: try row.decode("id"), debit: try row.decode("debit_account_id"),
            credit: try row.decode("credit_account_id"),
            isDeposit: try row.decode("is_deposit"),
            isWithdrawal: try row.decode("is_withdrawal"), amount: try row.decode("amount"),
            state: state, createdAt: try row.decode("created_at"),
            expiresAt: try row.decode("expires_at"), resolvedAt: try row.decode("resolved_at"))
    }
}
