import Postgres

/// All SQL of assets.
struct AssetRepository: Sendable {
    let database: Database

    /// The new asset; nil if the tenant has one of this code and scale.
    func insert(
        _ id: AssetID, _ name: AssetName, withdrawalThreshold: UInt64?, tenant: TenantID,
        in transaction: Transaction
    ) async throws -> Asset? {
        try await transaction.query(
            """
            -- assets.insert
            insert into hazina.assets (tenant_id, id, code, scale, withdrawal_threshold)
            values (
                \(tenant), \(id), \(name.code), \(Int16(clamping: name.scale)),
                \(withdrawalThreshold))
            on conflict (tenant_id, code, scale) do nothing
            returning tenant_id, id, code, scale, withdrawal_threshold, created_at
            """
        ).first.map(Self.asset)
    }

    func find(
        _ name: AssetName, tenant: TenantID, in transaction: Transaction
    ) async throws -> Asset? {
        try await transaction.query(
            """
            -- assets.find_by_name
            select tenant_id, id, code, scale, withdrawal_threshold, created_at
            from hazina.assets
            where tenant_id = \(tenant) and code = \(name.code)
                and scale = \(Int16(clamping: name.scale))
            """
        ).first.map(Self.asset)
    }

    func find(_ id: AssetID, tenant: TenantID) async throws -> Asset? {
        try await database.read(
            """
            -- assets.find
            select tenant_id, id, code, scale, withdrawal_threshold, created_at
            from hazina.assets where tenant_id = \(tenant) and id = \(id)
            """, as: tenant
        ).first.map(Self.asset)
    }

    func updateWithdrawalThreshold(
        _ id: AssetID, _ threshold: UInt64?, tenant: TenantID, in transaction: Transaction
    ) async throws -> Asset? {
        try await transaction.query(
            """
            -- assets.update_withdrawal_threshold
            update hazina.assets
            set withdrawal_threshold = \(threshold), updated_at = now()
            where tenant_id = \(tenant) and id = \(id)
            returning tenant_id, id, code, scale, withdrawal_threshold, created_at
            """
        ).first.map(Self.asset)
    }

    /// Rows in the request's direction, one more than its limit.
    func page(_ page: PageRequest, tenant: TenantID) async throws -> [Asset] {
        let statement: SQL =
            page.isBackward
            ? """
            -- assets.page_before
            select tenant_id, id, code, scale, withdrawal_threshold, created_at
            from hazina.assets
            where tenant_id = \(tenant) and id < \(page.start)
                and exists (
                    select 1 from hazina.assets c
                    where c.tenant_id = \(tenant) and c.id = \(page.start))
            order by id desc limit \(page.limit + 1)
            """
            : """
            -- assets.page_after
            select tenant_id, id, code, scale, withdrawal_threshold, created_at
            from hazina.assets
            where tenant_id = \(tenant) and id > \(page.start)
                and (not \(page.hasCursor) or exists (
                    select 1 from hazina.assets c
                    where c.tenant_id = \(tenant) and c.id = \(page.start)))
            order by id limit \(page.limit + 1)
            """
        return try await database.read(statement, as: tenant).map(Self.asset)
    }

    private static func asset(_ row: Row) throws -> Asset {
        Asset(
            id: try row.id("id"), tenantID: try row.id("tenant_id"), code: try row.decode("code"),
            scale: Int(try row.decode("scale", as: Int16.self)),
            withdrawalThreshold: try row.decode("withdrawal_threshold"),
            createdAt: try row.decode("created_at"))
    }
}
