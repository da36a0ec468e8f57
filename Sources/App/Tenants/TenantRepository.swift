import Postgres

/// All SQL of tenants.
struct TenantRepository: Sendable {
    let database: Database

    /// Must run as the new tenant.
    func insert(
        _ id: TenantID, name: String, in transaction: Transaction
    ) async throws -> Tenant? {
        try await transaction.query(
            """
            -- tenants.insert
            insert into hazina.tenants (tenant_id, name) values (\(id), \(name))
            returning tenant_id, name, created_at, updated_at, disabled_at
            """
        ).first.map(Self.tenant)
    }

    func find(_ id: TenantID) async throws -> Tenant? {
        try await database.read(
            """
            -- tenants.find
            select tenant_id, name, created_at, updated_at, disabled_at
            from hazina.tenants where tenant_id = \(id)
            """, as: id
        ).first.map(Self.tenant)
    }

    /// Whether there is such a tenant and it is not disabled.
    func isInUse(_ id: TenantID) async throws -> Bool {
        guard let tenant = try await find(id) else { return false }
        return tenant.disabledAt == nil
    }

    /// Holds off whatever else locks the tenant, until the transaction ends. The statements after
    /// it
    /// see what the others before it have committed.
    func lock(_ id: TenantID, in transaction: Transaction) async throws {
        _ = try await transaction.query(
            """
            -- tenants.lock
            select 1 from hazina.tenants where tenant_id = \(id) for no key update
            """)
    }

    func update(
        _ id: TenantID, name: String?, in transaction: Transaction
    ) async throws -> Tenant? {
        try await transaction.query(
            """
            -- tenants.update
            update hazina.tenants set name = coalesce(\(name), name), updated_at = now()
            where tenant_id = \(id)
            returning tenant_id, name, created_at, updated_at, disabled_at
            """
        ).first.map(Self.tenant)
    }

    /// Keeps the time of the first call.
    func disable(_ id: TenantID, in transaction: Transaction) async throws -> Tenant? {
        try await transaction.query(
            """
            -- tenants.disable
            update hazina.tenants
            set disabled_at = coalesce(disabled_at, now()), updated_at = now()
            where tenant_id = \(id)
            returning tenant_id, name, created_at, updated_at, disabled_at
            """
        ).first.map(Self.tenant)
    }

    /// Rows in the request's direction, one more than its limit. Each row is read as its tenant.
    func page(_ page: PageRequest) async throws -> [Tenant] {
        let statement: SQL =
            page.isBackward
            ? """
            -- tenants.page_before
            select t.tenant_id, t.name, t.created_at, t.updated_at, t.disabled_at
            from hazina.tenant_ids_before(\(page.start), \(Int32(clamping: page.limit + 1)))
                with ordinality as listed (id, position)
            cross join lateral hazina.read_tenant(listed.id) t
            where hazina.tenant_is_known(\(page.start))
            order by listed.position
            """
            : """
            -- tenants.page_after
            select t.tenant_id, t.name, t.created_at, t.updated_at, t.disabled_at
            from hazina.tenant_ids_after(\(page.start), \(Int32(clamping: page.limit + 1)))
                with ordinality as listed (id, position)
            cross join lateral hazina.read_tenant(listed.id) t
            where not \(page.hasCursor) or hazina.tenant_is_known(\(page.start))
            order by listed.position
            """
        return try await database.readDirectory(statement).map(Self.tenant)
    }

    private static func tenant(_ row: Row) throws -> Tenant {
        Tenant(
            id: try row.id("tenant_id"), name: try row.decode("name"),
            createdAt: try row.decode("created_at"), updatedAt: try row.decode("updated_at"),
            disabledAt: try row.decode("disabled_at"))
    }
}
