import Foundation
import Postgres

/// All SQL of the queue of deliveries.
struct WebhookQueueRepository: Sendable {
    let database: Database

    /// The right to deliver a subject's next event, until its time is up.
    struct Claim: Sendable {
        let tenant: TenantID
        let subject: UUID
        let id: UUID
    }

    /// Where a tenant's events go and what signs them.
    struct Receiver: Sendable {
        let url: String
        /// The present one first; a previous one only while it counts.
        let secrets: [String]
    }

    /// How many subjects may be claimed.
    struct Room: Sendable {
        let total: Int
        let perTenant: Int
        /// Those of whom fewer may be claimed.
        let exceptions: [TenantID: Int]
        /// Whether tenants without a URL of their own are delivered too.
        let includesFallback: Bool
    }

    /// What came of an attempt.
    struct Result: Sendable {
        let isDelivered: Bool
        let statusCode: Int?
        let failure: String?
    }

    /// Whether somebody has something to deliver now.
    func isDue(includesFallback: Bool) async throws -> Bool {
        let rows = try await database.readDirectory(
            """
            -- webhook_queue.is_due
            select hazina.webhooks_next_tenant(\(UUID.lowest), \(includesFallback)) is not null
                as is_due
            """)
        return try rows.first?.decode("is_due") ?? false
    }

    /// Claims subjects of the tenants in turn, the first after `tenant`.
    func claim(_ room: Room, after tenant: TenantID?, lease: Duration) async throws -> [Claim] {
        let exceptions = Array(room.exceptions)
        let rows = try await database.claim(
            """
            -- webhook_queue.claim
            select c.tenant_id, c.subject_id, c.claim
            from hazina.webhooks_claim(
                \(tenant?.uuid ?? .lowest), \(Int32(clamping: room.total)),
                \(Int32(clamping: room.perTenant)), \(exceptions.map(\.key.uuid)),
                \(exceptions.map { Int32(clamping: $0.value) }), \(room.includesFallback),
                \(lease.inSeconds)) c
            """)
        return try rows.map { row in
            Claim(
                tenant: try row.id("tenant_id"), subject: try row.decode("subject_id"),
                id: try row.decode("claim"))
        }
    }

    /// The event to deliver of each subject.
    func heads(
        of subjects: [UUID], tenant: TenantID
    ) async throws -> [UUID: StoredWebhookEvent] {
        let rows = try await database.read(
            """
            -- webhook_queue.heads
            select \(unescaped: WebhookEventRepository.columns)
            from unnest(\(subjects)) s (id)
            cross join lateral (
                select h.* from hazina.webhook_events h
                where h.tenant_id = \(tenant) and h.subject_id = s.id and h.state = 'PENDING'
                order by h.id limit 1
            ) e
            """, as: tenant)
        var heads: [UUID: StoredWebhookEvent] = [:]
        for row in rows {
            heads[try row.decode("subject_id")] = try WebhookEventRepository.event(row)
        }
        return heads
    }

    /// The tenant's own receiver.
    func receiver(tenant: TenantID) async throws -> Receiver? {
        try await database.read(
            """
            -- webhook_queue.receiver
            select w.url, w.secret,
                case when w.previous_expires_at > now() then w.previous_secret end as previous
            from hazina.webhooks w where w.tenant_id = \(tenant)
            """, as: tenant
        ).first.map { row in
            let previous: String? = try row.decode("previous")
            return Receiver(
                url: try row.decode("url"),
                secrets: [try row.decode("secret")] + [previous].compactMap { $0 })
        }
    }

    /// Ends a claim with what came of the attempt; with nothing to attempt, `event` is nil.
    /// - Returns: the event's state, nil if the claim's time was up; and whether the subject has
    ///   another event to deliver now.
    func finish(
        _ claim: Claim, event: WebhookEventID?, _ result: Result, givesUpAfter: Duration
    ) async throws -> (state: StoredWebhookEvent.State?, hasMore: Bool) {
        let results = try await database.pool.write(
            [
                """
                -- webhook_queue.finish
                select f.state, f.has_more
                from hazina.webhook_finish(
                    \(claim.subject), \(claim.id), \(event?.uuid), \(result.isDelivered),
                    \(result.statusCode.map { Int16(clamping: $0) }), \(result.failure),
                    \(givesUpAfter.inSeconds)) f
                """
            ], settings: database.settings(claim.tenant))
        guard let row = results.first?.first else { return (nil, false) }
        let state: String? = try row.decode("state")
        return (
            state.flatMap { StoredWebhookEvent.State(rawValue: $0) }, try row.decode("has_more")
        )
    }

    /// Queues a delivered or failed event again.
    /// - Returns: whether it was one.
    func resend(_ id: WebhookEventID, in transaction: Transaction) async throws -> Bool {
        try await transaction.query(
            """
            -- webhook_queue.resend
            select hazina.webhook_resend(\(id)) as is_queued
            """
        ).first?.decode("is_queued") ?? false
    }

    /// Lets all that waits be attempted at once.
    func hurry(in transaction: Transaction) async throws {
        _ = try await transaction.query(
            """
            -- webhook_queue.hurry
            select hazina.webhooks_hurry()::text
            """)
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
