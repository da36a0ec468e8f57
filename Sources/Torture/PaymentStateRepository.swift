import Foundation
import Postgres

/// Reads, as a superuser, what has become of payments in the end.
struct PaymentStateRepository {
    struct Outgoing {
        let tenant: UUID
        let id: UUID
        let reference: String?
        let state: String
        let error: String?
        let code: String
        let receivedCode: String
        let receiver: UUID
        let receivingTenant: UUID
        let sendAmount: Int
        let receiveAmount: Int
        /// What its account has; 0 where there is none.
        let held: Int
    }

    struct Incoming {
        let tenant: UUID
        let reference: String?
        let received: Int
        let held: Int
    }

    /// Money of one kind of a tenant's accounts in a currency.
    struct Pot: Hashable {
        let tenant: UUID
        let code: String
        let kind: String
        /// The other tenant of a position.
        var counterparty: UUID?
    }

    let connection: DirectConnection
    let tenants: [UUID]

    func outgoing() async throws -> [Outgoing] {
        try await connection.query(
            """
            -- payment_state.outgoing
            select o.tenant_id, o.id, o.external_ref, o.state, o.error, a.code,
                q.receive_asset_code, q.receiver_payment_id, q.receiver_tenant_id,
                q.send_amount::bigint as send_amount, q.receive_amount::bigint as receive_amount,
                coalesce(l.credits_posted - l.debits_posted - l.debits_pending, 0)::bigint as held
            from hazina.outgoing_payments o
            join hazina.quotes q on q.tenant_id = o.tenant_id and q.id = o.id
            join hazina.assets a on a.tenant_id = q.tenant_id and a.id = q.asset_id
            left join hazina.ledger_accounts l on l.tenant_id = o.tenant_id and l.id = o.id
            where o.tenant_id = any (\(tenants))
            """
        ).map { row in
            Outgoing(
                tenant: try row.decode("tenant_id"), id: try row.decode("id"),
                reference: try row.decode("external_ref"), state: try row.decode("state"),
                error: try row.decode("error"), code: try row.decode("code"),
                receivedCode: try row.decode("receive_asset_code"),
                receiver: try row.decode("receiver_payment_id"),
                receivingTenant: try row.decode("receiver_tenant_id"),
                sendAmount: try row.decode("send_amount"),
                receiveAmount: try row.decode("receive_amount"), held: try row.decode("held"))
        }
    }

    func incoming() async throws -> [UUID: Incoming] {
        var payments: [UUID: Incoming] = [:]
        for row in try await connection.query(
            """
            -- payment_state.incoming
            select i.tenant_id, i.id, i.external_ref, i.received_amount::bigint as received,
                coalesce(l.credits_posted - l.debits_posted - l.debits_pending, 0)::bigint as held
            from hazina.incoming_payments i
            left join hazina.ledger_accounts l on l.tenant_id = i.tenant_id and l.id = i.id
            where i.tenant_id = any (\(tenants))
            """)
        {
            payments[try row.decode("id")] = Incoming(
                tenant: try row.decode("tenant_id"), reference: try row.decode("external_ref"),
                received: try row.decode("received"), held: try row.decode("held"))
        }
        return payments
    }

    /// The receiver of each quote.
    func quotes() async throws -> [UUID: String] {
        var quotes: [UUID: String] = [:]
        for row in try await connection.query(
            """
            -- payment_state.quotes
            select id, receiver from hazina.quotes where tenant_id = any (\(tenants))
            """)
        {
            quotes[try row.decode("id")] = try row.decode("receiver")
        }
        return quotes
    }

    /// What is in each pot: of settlement accounts what went in, of positions what is owed.
    func pots() async throws -> [Pot: Int] {
        var pots: [Pot: Int] = [:]
        for row in try await connection.query(
            """
            -- payment_state.pots
            select l.tenant_id, a.code, l.kind::text as kind, p.counterparty_id,
                sum(case when l.kind in ('settlement', 'receivable')
                    then l.debits_posted - l.credits_posted
                    else l.credits_posted - l.debits_posted end)::bigint as amount
            from hazina.ledger_accounts l
            join hazina.assets a on a.tenant_id = l.tenant_id and a.id = l.asset_id
            left join hazina.positions p on p.tenant_id = l.tenant_id and p.id = l.id
            where l.tenant_id = any (\(tenants)) group by 1, 2, 3, 4
            """)
        {
            let pot = Pot(
                tenant: try row.decode("tenant_id"), code: try row.decode("code"),
                kind: try row.decode("kind"), counterparty: try row.decode("counterparty_id"))
            pots[pot] = try row.decode("amount")
        }
        return pots
    }

    /// What each event that makes a transfer has moved.
    func deposits() async throws -> [UUID: (payment: UUID, amount: Int)] {
        var deposits: [UUID: (payment: UUID, amount: Int)] = [:]
        for row in try await connection.query(
            """
            -- payment_state.deposits
            select e.id, e.subject_id, t.amount::bigint as amount from hazina.webhook_events e
            join hazina.ledger_transfers t on t.tenant_id = e.tenant_id and t.id = e.id
                and t.credit_account_id = e.subject_id and t.state = 'posted'
            where e.tenant_id = any (\(tenants))
            """)
        {
            deposits[try row.decode("id")] = (
                try row.decode("subject_id"), try row.decode("amount")
            )
        }
        return deposits
    }

    /// The types of the events about each payment, in the order in which they are delivered.
    func events() async throws -> [UUID: [String]] {
        var events: [UUID: [String]] = [:]
        for row in try await connection.query(
            """
            -- payment_state.events
            select subject_id, array_agg(type order by id) as types from hazina.webhook_events
            where tenant_id = any (\(tenants)) group by 1
            """)
        {
            events[try row.decode("subject_id")] = try row.decode("types")
        }
        return events
    }

    /// Makes due at once what would be sent again later.
    /// - Returns: how many payments are on their way.
    func hurry() async throws -> Int {
        let rows = try await connection.query(
            """
            -- payment_state.hurry
            with sending as (
                select tenant_id, id from hazina.outgoing_payments
                where tenant_id = any (\(tenants)) and state = 'SENDING'
            ), hurried as (
                update hazina.work w set due_at = least(w.due_at, clock_timestamp())
                from sending s where w.tenant_id = s.tenant_id and w.subject_id = s.id
            )
            select count(*)::bigint as number from sending
            """)
        return try rows.first?.decode("number") ?? 0
    }
}
