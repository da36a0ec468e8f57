import Postgres

/// All SQL of payment pointers. A payment pointer is read with its asset.
struct PaymentPointerRepository: Sendable {
    let database: Database

    /// - Throws: `PaymentPointerError.alreadyExists` if any tenant has the URL.
    func insert(
        _ id: PaymentPointerID, _ url: PaymentPointerURL, publicName: String?, asset: Asset,
        tenant: TenantID, in transaction: Transaction
    ) async throws -> PaymentPointer? {
        do {
            return try await transaction.query(
                """
                -- payment_pointers.insert
                insert into hazina.payment_pointers
                    (tenant_id, id, asset_id, url, normalized_url, public_name)
                values (
                    \(tenant), \(id), \(asset.id), \(url.text), \(url.normalized), \(publicName))
                returning created_at
                """
            ).first.map { row in
                PaymentPointer(
                    id: id, tenantID: tenant, asset: asset, url: url.text,
                    publicName: publicName, isActive: true,
                    createdAt: try row.decode("created_at"))
            }
        } catch  where isViolation(of: "payment_pointer_directory_pkey", error) {
            throw PaymentPointerError.alreadyExists
        }
    }

    func find(_ id: PaymentPointerID, tenant: TenantID) async throws -> PaymentPointer? {
        try await database.read(Self.select(id, tenant), as: tenant).first.map(Self.paymentPointer)
    }

    func find(
        _ id: PaymentPointerID, tenant: TenantID, in transaction: Transaction
    ) async throws -> PaymentPointer? {
        try await transaction.query(Self.select(id, tenant)).first.map(Self.paymentPointer)
    }

    func find(_ url: PaymentPointerURL, tenant: TenantID) async throws -> PaymentPointer? {
        try await database.read(
            """
            -- payment_pointers.find_by_url
            select \(unescaped: Self.columns)
            from hazina.payment_pointers p
            join hazina.assets a on a.tenant_id = p.tenant_id and a.id = p.asset_id
            where p.tenant_id = \(tenant)
                and p.normalized_url collate "C" = \(url.normalized)
            """, as: tenant
        ).first.map(Self.paymentPointer)
    }

    /// The payment pointer as it is then; nil if there is none.
    func update(
        _ id: PaymentPointerID, _ change: PaymentPointerChange, tenant: TenantID,
        in transaction: Transaction
    ) async throws -> PaymentPointer? {
        try await transaction.query(
            """
            -- payment_pointers.update
            update hazina.payment_pointers p
            set public_name = case when \(change.publicName == nil) then p.public_name
                    else \(change.publicName ?? nil) end,
                is_active = coalesce(\(change.isActive), p.is_active), updated_at = now()
            from hazina.assets a
            where p.tenant_id = \(tenant) and p.id = \(id)
                and a.tenant_id = p.tenant_id and a.id = p.asset_id
            returning \(unescaped: Self.columns)
            """
        ).first.map(Self.paymentPointer)
    }

    /// What a payment pointer `p` is read from, with its asset `a`.
    static let columns = """
        p.tenant_id, p.id, p.url, p.public_name, p.is_active, p.created_at,
            \(Asset.joinedColumns)
        """

    private static func select(_ id: PaymentPointerID, _ tenant: TenantID) -> SQL {
        """
        -- payment_pointers.find
        select \(unescaped: columns)
        from hazina.payment_pointers p
        join hazina.assets a on a.tenant_id = p.tenant_id and a.id = p.asset_id
        where p.tenant_id = \(tenant) and p.id = \(id)
        """
    }

    static func paymentPointer(_ row: Row) throws -> PaymentPointer {
        let tenantID: TenantID = try row.id("tenant_id")
        let asset = try Asset(joinedTo: row, tenant: tenantID)
        return PaymentPointer(
            id: try row.id("id"), tenantID: tenantID, asset: asset, url: try row.decode("url"),
            publicName: try row.decode("public_name"), isActive: try row.decode("is_active"),
            createdAt: try row.decode("created_at"))
    }
}
