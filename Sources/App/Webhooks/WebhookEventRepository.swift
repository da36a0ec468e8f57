import Postgres

/// All SQL of webhook events.
struct WebhookEventRepository: Sendable {
    /// The statement that writes events, within the transaction of what they tell.
    static func insert(_ events: [WebhookEvent], tenant: TenantID) -> SQL {
        """
        -- webhook_events.insert
        insert into hazina.webhook_events
            (tenant_id, id, type, subject_id, payment_pointer_id, data,
            withdrawal_account_id, withdrawal_asset_id, withdrawal_amount)
        select \(tenant), e.*
        from unnest(
            \(events.map(\.id.uuid)), \(events.map(\.kind.rawValue)), \(events.map(\.subject)),
            \(events.map(\.paymentPointer.uuid)), \(events.map(\.data.text)),
            \(events.map(\.withdrawal?.account)), \(events.map(\.withdrawal?.asset.uuid)),
            \(events.map(\.withdrawal?.amount))) e
        """
    }
}
