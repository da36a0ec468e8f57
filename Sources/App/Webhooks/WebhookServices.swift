import Logging

/// The services of webhooks, made from what they share.
struct WebhookServices: Sendable {
    let outbox: WebhookOutbox
    let service: WebhookService
    let delivery: WebhookDelivery

    init(
        _ configuration: WebhookConfiguration, database: Database, outbound: OutboundClient,
        logger: Logger
    ) {
        let events = WebhookEventRepository(database: database)
        let queue = WebhookQueueRepository(database: database)
        outbox = WebhookOutbox(
            feed: EventFeed(events: events, logger: logger),
            payments: PaymentFeeds(database: database, logger: logger))
        service = WebhookService(
            database: database, repository: WebhookRepository(database: database),
            events: events, queue: queue, outbox: outbox, client: outbound,
            hasFallback: configuration.fallback != nil)
        delivery = WebhookDelivery(
            configuration, queue: queue, client: outbound, signal: outbox.delivery,
            logger: logger)
    }
}
