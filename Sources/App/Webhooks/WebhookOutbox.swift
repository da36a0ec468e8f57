/// Tells this process at once of events that it has written; others find them by themselves.
package final class WebhookOutbox: Sendable {
    let delivery = WakeSignal()
    let feed: EventFeed
    let payments: PaymentFeeds

    init(feed: EventFeed, payments: PaymentFeeds) {
        self.feed = feed
        self.payments = payments
    }

    /// After the commit of what wrote events of `tenant`: see `Database.afterCommit`.
    func wake(_ tenant: TenantID) {
        delivery.wake()
        feed.wake(tenant)
        payments.wake(tenant)
    }
}
