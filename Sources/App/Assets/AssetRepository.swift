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
            insert into hazina.assets as a (tenant_id, id, code, scale, withdrawal_threshold)
            values (
                \(tenant), \(id), \(name.code), \(Int16(clamping: name.scale)),
                \(withdrawalThreshold))
            on conflict (tenant_id, code, scale) do nothing
            returning \(unescaped: Asset.joinedColumns)
            """
        ).first.map { try Asset(joinedTo: $0, tenant: tenant) }
    }

    func find(
        _ name: AssetName, tenant: TenantID, in transaction: Transaction
    ) async throws -> Asset? {
        try await transaction.query(Self.find(name, tenant: tenant)).first.map {
            try Asset(joinedTo: $0, tenant: tenant)
        }
    }

    func find(_ name: AssetName, tenant: TenantID) async throws -> Asset? {
        try await database.read(Self.find(name, tenant: tenant), as: tenant).first.map {
            try Asset(joinedTo: $0, tenant: tenant)
        }
    }

    private static func find(_ name: AssetName, tenant: TenantID) -> SQL {
        """
        -- assets.find_by_name
        select \(unescaped: Asset.joinedColumns)
        from hazina.assets a
        where a.tenant_id = \(tenant) and a.code = \(name.code)
            and a.scale = \(Int16(clamping: name.scale))
        """
    }

    func find(_ id: AssetID, tenant: TenantID) async throws -> Asset? {
        try await database.read(
            """
            -- assets.find
            select \(unescaped: Asset.joinedColumns)
            from hazina.assets a where a.tenant_id = \(tenant) and a.id = \(id)
            """, as: tenant
        ).first.map { try Asset(joinedTo: $0, tenant: tenant) }
    }

    func updateWithdrawalThreshold(
        _ id: AssetID, _ threshold: UInt64?, tenant: TenantID, in transaction: Transaction
    ) async throws -> Asset? {
        try await transaction.query(
            """
            -- assets.update_withdrawal_threshold
            update hazina.assets a
            set withdrawal_threshold = \(threshold), updated_at = now()
            where a.tenant_id = \(tenant) and a.id = \(id)
            returning \(unescaped: Asset.joinedColumns)
            """
        ).first.map { try Asset(joinedTo: $0, tenant: tenant) }
    }

    func updateFee(
        _ id: AssetID, _ fee: Fee, tenant: TenantID, in transaction: Transaction
    ) async throws -> Asset? {
        try await transaction.query(
            """
            -- assets.update_fee
            update hazina.assets a
            set fee_fixed = \(fee.fixed), fee_basis_points = \(Int32(fee.basisPoints)),
                updated_at = now()
            where a.tenant_id = \(tenant) and a.id = \(id)
            returning \(unescaped: Asset.joinedColumns)
            """
        ).first.map { try Asset(joinedTo: $0, tenant: tenant) }
    }

    func page(
        _ page: PageRequest, _ filter: AssetFilter, by order: ListOrder<AssetOrderField>,
        tenant: TenantID
    ) async throws -> Page<Asset> {
        let key =
            switch order.field {
            case .createdAt: ["id"]
            case .code: ["code", "scale"]
            }
        let scan = ListScan(
            "hazina.assets", by: key, isDescending: order.isDescending, page, tenant: tenant)
        let scale = filter.scale.map { Int16(clamping: $0) }
        let rows = try await database.read(
            """
            -- assets.page
            select \(unescaped: Asset.joinedColumns),
                \(page.hasCursor) and (
                    select true from hazina.assets o
                    where o.tenant_id = \(tenant)
                        \(and: "o.code", is: filter.code)\(and: "o.scale", is: scale)
                        \(before: scan, "o")
                    order by \(unescaped: scan.order("o")) limit 1) is true as has_other
            from hazina.assets a
            where a.tenant_id = \(tenant)
                \(and: "a.code", is: filter.code)\(and: "a.scale", is: scale)
                \(after: scan, "a")
            order by \(unescaped: scan.order("a")) limit \(scan.limit)
            """, as: tenant)
        return Page(
            rows: try rows.map { try Asset(joinedTo: $0, tenant: tenant) }, of: page,
            hasOther: try rows.first?.decode("has_other"))
    }
}

extension Asset {
    /// What an asset `a` is read from, also where it is joined to something else.
    static let joinedColumns = """
        a.id as asset_id, a.code, a.scale, a.withdrawal_threshold, a.fee_fixed, a.fee_basis_points,
            a.created_at as asset_created_at
        """

    /// The asset in a row with `joinedColumns`.
    init(joinedTo row: Row, tenant: TenantID) throws {
        let basisPoints = Int(try row.decode("fee_basis_points", as: Int32.self))
        guard let fee = Fee(fixed: try row.decode("fee_fixed"), basisPoints: basisPoints) else {
            throw PostgresError.decoding("no fee of \(basisPoints) basis points")
        }
        self.init(
            id: try row.id("asset_id"), tenantID: tenant, code: try row.decode("code"),
            scale: Int(try row.decode("scale", as: Int16.self)),
            withdrawalThreshold: try row.decode("withdrawal_threshold"), fee: fee,
            createdAt: try row.decode("asset_created_at"))
    }
}
