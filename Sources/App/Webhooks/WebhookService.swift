import Foundation
import Postgres

/// A tenant's webhook and its events.
struct WebhookService: Sendable {
    /// The longest time in seconds that a secret signs beside its successor.
    static let maximumOverlap = 2_592_000

    let database: Database
    let repository: WebhookRepository
    let events: WebhookEventRepository
    let queue: WebhookQueueRepository
    let outbox: WebhookOutbox
    let client: OutboundClient
    /// Whether tenants without a URL are delivered to the operator's.
    let hasFallback: Bool

    /// nil where the tenant has none of its own.
    func find(in context: RequestContext) async throws -> Webhook? {
        try await repository.find(tenant: try context.tenantID())
    }

    /// Sets the URL, or with nil removes it and the secret.
    /// - Returns: the webhook, and its secret if it is a new one.
    func set(
        url: String?, in context: RequestContext
    ) async throws -> (webhook: Webhook?, secret: Secret?) {
        let tenant = try context.tenantID()
        guard let url else {
            try await database.transaction(as: tenant) { transaction in
                try await repository.delete(tenant: tenant, in: transaction)
                try await queue.hurry(in: transaction)
            }
            database.afterCommit { outbox.wake(tenant) }
            return (nil, nil)
        }
        do {
            try client.check(url)
        } catch {
            throw WebhookError.badURL(reason: error.description)
        }
        let secret = Secret.random(.webhook)
        let set = try await database.transaction(as: tenant) { transaction in
            let set = try await repository.set(
                url: url, secret: secret, tenant: tenant, in: transaction)
            try await queue.hurry(in: transaction)
            return set
        }
        database.afterCommit { outbox.wake(tenant) }
        guard let set else { throw WebhookError.notSet }
        return (set.webhook, set.isNew ? secret : nil)
    }

    /// Makes a new secret; the one so far signs too for `overlapSeconds`.
    func rotate(
        overlapSeconds: Int, in context: RequestContext
    ) async throws -> (webhook: Webhook, secret: Secret) {
        guard (0...Self.maximumOverlap).contains(overlapSeconds) else {
            throw InvalidInput("overlapSeconds must be 0 to \(Self.maximumOverlap) (30 days)")
        }
        let tenant = try context.tenantID()
        let secret = Secret.random(.webhook)
        let webhook = try await database.transaction(as: tenant) { transaction in
            try await repository.rotate(
                to: secret, overlapSeconds: overlapSeconds, tenant: tenant, in: transaction)
        }
        guard let webhook else { throw WebhookError.notSet }
        return (webhook, secret)
    }

    /// Writes an event of the type `webhook.test`.
    func sendTest(in context: RequestContext) async throws -> StoredWebhookEvent {
        let tenant = try context.tenantID()
        let id = WebhookEventID.next()
        let event = WebhookEvent(
            id: id, kind: .test, subject: id.uuid, paymentPointer: nil,
            data: ["test": ["tenantId": .string(tenant.description)]], withdrawal: nil)
        if !hasFallback, try await repository.find(tenant: tenant) == nil {
            throw WebhookError.notSet
        }
        let stored = try await database.transaction(as: tenant) { transaction in
            _ = try await transaction.execute(
                WebhookEventRepository.insert([event], tenant: tenant))
            return try await events.find(id, tenant: tenant, in: transaction)
        }
        database.afterCommit { outbox.wake(tenant) }
        guard let stored else { throw WebhookError.unknownEvent }
        return stored
    }

    /// Queues a delivered or failed event again; its time to be delivered begins anew.
    func resend(id: String, in context: RequestContext) async throws -> StoredWebhookEvent {
        let tenant = try context.tenantID()
        guard let id = WebhookEventID(id) else { throw WebhookError.unknownEvent }
        let event = try await database.transaction(as: tenant) { transaction in
            let isQueued = try await queue.resend(id, in: transaction)
            guard let event = try await events.find(id, tenant: tenant, in: transaction) else {
                throw WebhookError.unknownEvent
            }
            if !isQueued { throw WebhookError.isPending }
            return event
        }
        database.afterCommit { outbox.wake(tenant) }
        return event
    }

    func event(id: String, in context: RequestContext) async throws -> StoredWebhookEvent {
        guard let id = WebhookEventID(id),
            let event = try await events.find(id, tenant: try context.tenantID())
        else { throw WebhookError.noEvent }
        return event
    }

    func page(
        _ page: PageRequest, _ filter: WebhookEventFilter,
        by order: ListOrder<WebhookEventOrderField>, in context: RequestContext
    ) async throws -> Page<StoredWebhookEvent> {
        let tenant = try context.tenantID()
        if filter.isImpossible { return Page(rows: [], of: page) }
        return try await events.page(
            page, filter, isDescending: order.isDescending, tenant: tenant)
    }

    /// The tenant's events from now on, as they become visible.
    /// - Parameter make: an element of the stream, from an event that is wanted.
    func follow<Element: Sendable>(
        type: String?, paymentPointer: String?, in context: RequestContext,
        as make: @escaping @Sendable (StoredWebhookEvent) -> Element
    ) async throws -> AsyncThrowingStream<Element, any Error> {
        let wanted = paymentPointer.map { PaymentPointerID($0) }
        return try await outbox.feed.events(of: try context.tenantID()) { event in
            let isWanted =
                (type == nil || event.type == type)
                && (wanted == nil || event.paymentPointer == wanted)
            return isWanted ? make(event) : nil
        }
    }
}
