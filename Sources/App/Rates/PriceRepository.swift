import Postgres

/// All SQL of prices.
struct PriceRepository: Sendable {
    let database: Database

    /// Where the tenant's own prices come from; nil if it has none.
    func url(of tenant: TenantID) async throws -> String? {
        try await database.read(
            """
            -- prices.url
            select prices_url from hazina.tenants where tenant_id = \(tenant)
            """, as: tenant
        ).first?.decode("prices_url", as: String?.self)
    }

    func setURL(_ url: String?, tenant: TenantID) async throws {
        try await database.transaction(as: tenant) { transaction in
            _ = try await transaction.execute(
                """
                -- prices.set_url
                update hazina.tenants set prices_url = \(url), updated_at = now()
                where tenant_id = \(tenant)
                """)
        }
    }
}
