import Postgres

/// All SQL of tenants' webhooks.
struct WebhookRepository: Sendable {
    let database: Database

    private static let columns = """
        url, created_at, updated_at,
            case when previous_expires_at > now() then previous_expires_at end
            as previous_expires_at
        """

    func find(tenant: TenantID) async throws -> Webhook? {
        try await database.read(
            """
            -- webhooks.find
            select \(unescaped: Self.columns) from hazina.webhooks where tenant_id = \(tenant)
            """, as: tenant
        ).first.map(Self.webhook)
    }

    /// Sets the URL. The secret is taken only if the tenant had no webhook before.
    /// - Returns: the webhook, and whether it is a new one.
    func set(
        url: String, secret: Secret, tenant: TenantID, in transaction: Transaction
    ) async throws -> (webhook: Webhook, isNew: Bool)? {
        let rows = try await transaction.query(
            """
            -- webhooks.set
            insert into hazina.webhooks as w (tenant_id, url, secret)
            values (\(tenant), \(url), \(secret.text))
            on conflict (tenant_id) do update
            set url = excluded.url, updated_at = now(),
                url_since = case when w.url = excluded.url then w.url_since else now() end
            returning secret = \(secret.text) as is_new, \(unescaped: Self.columns)
            """)
        return try rows.first.map { (try Self.webhook($0), try $0.decode("is_new")) }
    }

    func delete(tenant: TenantID, in transaction: Transaction) async throws {
        _ = try await transaction.execute(
            """
            -- webhooks.delete
            delete from hazina.webhooks where tenant_id = \(tenant)
            """)
    }

    /// Replaces the secret; the one so far signs too for `seconds`.
    func rotate(
        to secret: Secret, overlapSeconds seconds: Int, tenant: TenantID,
        in transaction: Transaction
    ) async throws -> Webhook? {
        try await transaction.query(
            """
            -- webhooks.rotate
            update hazina.webhooks
            set previous_secret = secret,
                previous_expires_at = now() + make_interval(secs => \(Double(seconds))),
                secret = \(secret.text), updated_at = now()
            where tenant_id = \(tenant)
            returning \(unescaped: Self.columns)
            """
        ).first.map(Self.webhook)
    }

    private static func webhook(_ row: Row) throws -> Webhook {
        Webhook(
            url: try row.decode("url"), createdAt: try row.decode("created_at"),
            updatedAt: try row.decode("updated_at"),
            previousSecretExpiresAt: try row.decode("previous_expires_at"))
    }
}
