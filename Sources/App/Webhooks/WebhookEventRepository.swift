import Foundation
import Postgres

/// All SQL of webhook events.
struct WebhookEventRepository: Sendable {
    let database: Database

    static let columns = """
        e.id, e.type, e.subject_id, e.payment_pointer_id, e.data, e.withdrawal_account_id,
            e.withdrawal_asset_id, e.withdrawal_amount, e.state, e.attempts, e.status_code,
            e.failure, e.next_attempt_at, e.created_at, e.updated_at
        """

    /// The statement that writes events, within the transaction of what they tell. Whoever runs it
    /// calls `WebhookOutbox.wake` after the commit.
    static func insert(_ events: [WebhookEvent], tenant: TenantID) -> SQL {
        """
        -- webhook_events.insert
        insert into hazina.webhook_events
            (tenant_id, id, type, subject_id, payment_pointer_id, data,
            withdrawal_account_id, withdrawal_asset_id, withdrawal_amount)
        select \(tenant), e.*
        from unnest(
            \(events.map(\.id.uuid)), \(events.map(\.kind.rawValue)), \(events.map(\.subject)),
            \(events.map(\.paymentPointer?.uuid)), \(events.map(\.data.text)),
            \(events.map(\.withdrawal?.account)), \(events.map(\.withdrawal?.asset.uuid)),
            \(events.map(\.withdrawal?.amount))) e
        """
    }

    func find(_ id: WebhookEventID, tenant: TenantID) async throws -> StoredWebhookEvent? {
        try await database.read(Self.select(id, tenant), as: tenant).first.map(Self.event)
    }

    func find(
        _ id: WebhookEventID, tenant: TenantID, in transaction: Transaction
    ) async throws -> StoredWebhookEvent? {
        try await transaction.query(Self.select(id, tenant)).first.map(Self.event)
    }

    /// The page's events in the request's direction, and whether there are others before its start.
    func page(
        _ page: PageRequest, _ filter: WebhookEventFilter, isDescending: Bool, tenant: TenantID
    ) async throws -> Page<StoredWebhookEvent> {
        let scan = ListScan(
            "hazina.webhook_events", by: ["id"], isDescending: isDescending, page, tenant: tenant)
        let rows = try await database.read(
            """
            -- webhook_events.page
            select \(unescaped: Self.columns),
                \(scan.page.hasCursor) and (
                    select true from hazina.webhook_events o
                    where o.tenant_id = \(tenant)\(matching: filter, "o")\(before: scan, "o")
                    order by \(unescaped: scan.order("o")) limit 1) is true as has_other
            from hazina.webhook_events e
            where e.tenant_id = \(tenant)\(matching: filter, "e")\(after: scan, "e")
            order by \(unescaped: scan.order("e")) limit \(scan.limit)
            """, as: tenant)
        return Page(
            rows: try rows.map(Self.event), of: page,
            hasOther: try rows.first?.decode("has_other"))
    }

    /// A place in the order in which events become visible to those who follow it.
    struct Place: Sendable, Equatable {
        let transaction: UInt64
        let id: UUID
    }

    /// Which transactions have been committed by now.
    func snapshot(tenant: TenantID) async throws -> DatabaseSnapshot {
        let rows = try await database.read(
            """
            -- webhook_events.snapshot
            select pg_current_snapshot()::text as snapshot
            """, as: tenant)
        guard let snapshot = DatabaseSnapshot(try rows.first?.decode("snapshot") ?? "") else {
            throw PostgresError.decoding("a snapshot of an unknown form")
        }
        return snapshot
    }

    /// The next events after a place, none of a transaction that is younger than one under way,
    /// which may yet write events before them.
    func after(
        _ place: Place, limit: Int, tenant: TenantID
    ) async throws -> [(event: StoredWebhookEvent, place: Place)] {
        let rows = try await database.read(
            """
            -- webhook_events.after
            select e.transaction_id::text::numeric as transaction, \(unescaped: Self.columns)
            from hazina.webhook_events e
            where e.tenant_id = \(tenant)
                and (e.transaction_id, e.id) > (\(String(place.transaction))::xid8, \(place.id))
                and e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
            order by e.transaction_id, e.id limit \(limit)
            """, as: tenant)
        return try rows.map { row in
            let event = try Self.event(row)
            return (event, Place(transaction: try row.decode("transaction"), id: event.id.uuid))
        }
    }

    private static func select(_ id: WebhookEventID, _ tenant: TenantID) -> SQL {
        """
        -- webhook_events.find
        select \(unescaped: columns) from hazina.webhook_events e
        where e.tenant_id = \(tenant) and e.id = \(id)
        """
    }

    static func event(_ row: Row) throws -> StoredWebhookEvent {
        let withdrawal: WebhookEvent.Withdrawal? =
            if let account = try row.decode("withdrawal_account_id", as: UUID?.self) {
                WebhookEvent.Withdrawal(
                    account: account, asset: try row.id("withdrawal_asset_id"),
                    amount: try row.decode("withdrawal_amount"))
            } else {
                nil
            }
        let state: String = try row.decode("state")
        let subject: WebhookEventID = try row.id("subject_id")
        return StoredWebhookEvent(
            id: try row.id("id"), type: try row.decode("type"), subject: subject.description,
            paymentPointer: try row.optionalID("payment_pointer_id"),
            data: try row.decode("data"), withdrawal: withdrawal,
            state: StoredWebhookEvent.State(rawValue: state) ?? .pending,
            attempts: try row.decode("attempts"), statusCode: try row.decode("status_code"),
            failure: try row.decode("failure"), nextAttemptAt: try row.decode("next_attempt_at"),
            createdAt: try row.decode("created_at"), updatedAt: try row.decode("updated_at"))
    }
}

extension UUID {
    /// Before every other in order.
    static let lowest = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}

extension SQL.StringInterpolation {
    /// ` and` the filter's conditions.
    fileprivate mutating func appendInterpolation(
        matching filter: WebhookEventFilter, _ alias: String
    ) {
        appendInterpolation(and: "\(alias).type", is: filter.type)
        if let state = filter.state {
            // Written out, for the partial indexes to be of use.
            appendLiteral(" and \(alias).state = '\(state.rawValue)'")
        }
        appendInterpolation(
            and: "\(alias).subject_id", is: filter.subject.flatMap { WebhookEventID($0) }?.uuid)
        appendInterpolation(
            and: "\(alias).payment_pointer_id",
            is: filter.paymentPointer.flatMap { PaymentPointerID($0) }?.uuid)
    }
}
