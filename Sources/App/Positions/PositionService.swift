import Ledger
import Postgres

/// What tenants of the server owe each other, and how far one trusts another.
///
/// A tenant that is paid has what it is owed on a receivable account, up to the limit that it sets;
/// the paying tenant has the same on a payable account.
struct PositionService: Sendable {
    let database: Database
    let repository: PositionRepository
    let assets: AssetRepository
    let tenants: TenantRepository
    let ledger: Ledger

    /// Sets how much another tenant may owe this one in an asset.
    /// - Throws: `PositionError`.
    func setLimit(
        _ limit: UInt64, ofTenant other: String, asset id: String, in context: RequestContext
    ) async throws -> Position {
        let tenant = try context.tenantID()
        guard let other = TenantID(other), try await tenants.isInUse(other) else {
            throw PositionError.unknownTenant
        }
        if other == tenant { throw PositionError.ownTenant }
        guard let id = AssetID(id), let asset = try await assets.find(id, tenant: tenant) else {
            throw PositionError.unknownAsset
        }
        let position = try await database.transaction(as: tenant) { transaction in
            let position = try await repository.ensure(
                .receivable, with: other, asset: asset.id, limit: limit, tenant: tenant,
                in: transaction)
            guard let position else { throw PositionError.notFound }
            try await ledger.openAccounts(
                [NewAccount(id: position.uuid, asset: asset.id.uuid, kind: .receivable)],
                in: transaction)
            _ = try await ledger.setLimit(limit, of: position.uuid, in: transaction)
            // The other tenant sees how far it is trusted, if it has such an asset.
            try await transaction.set(database.settings(other))
            _ = try await payable(
                of: other, to: tenant, Amount(0, of: asset), limit: limit, in: transaction)
            try await transaction.set(database.settings(tenant))
            return position
        }
        guard let position = try await repository.find(position, tenant: tenant) else {
            throw PositionError.notFound
        }
        return position
    }

    /// Whether `amount` of the receiving tenant's asset can come from `payer` now.
    func mayReceive(
        _ amount: Amount, of asset: AssetID, by tenant: TenantID, from payer: TenantID
    ) async throws -> Bool {
        let terms = try await repository.terms(
            .receivable, with: payer, asset: asset, tenant: tenant)
        guard let terms, try await self.asset(like: amount, of: payer) != nil else {
            return false
        }
        let open =
            try await ledger.positions(
                of: [terms.id.uuid], tenant: tenant.uuid)[terms.id.uuid]?.amount ?? 0
        return open <= terms.limit && amount.value <= terms.limit - open
    }

    /// The account of what `payer` owes, within a transaction that works as the receiving tenant.
    func receivable(
        of tenant: TenantID, from payer: TenantID, _ asset: AssetID, in transaction: Transaction
    ) async throws -> (id: PositionID, limit: UInt64)? {
        try await repository.terms(
            .receivable, with: payer, asset: asset, tenant: tenant, in: transaction)
    }

    /// The account of what the tenant owes, opened if it is missing, in a transaction that works as
    /// the paying tenant.
    /// - Returns: nil if it has no asset of the amount's code and scale.
    func payable(
        of tenant: TenantID, to receiver: TenantID, _ amount: Amount, limit: UInt64,
        in transaction: Transaction
    ) async throws -> (id: PositionID, assetID: AssetID)? {
        let name = try AssetName(code: amount.assetCode, scale: amount.assetScale)
        guard let asset = try await assets.find(name, tenant: tenant, in: transaction) else {
            return nil
        }
        // As a rule it is there: payments that come together do not wait for its row then.
        let terms = try await repository.terms(
            .payable, with: receiver, asset: asset.id, tenant: tenant, in: transaction)
        if let terms, terms.limit == limit { return (terms.id, asset.id) }
        let ensured = try await repository.ensure(
            .payable, with: receiver, asset: asset.id, limit: limit, tenant: tenant,
            in: transaction)
        guard let position = ensured else { return nil }
        try await ledger.openAccounts(
            [NewAccount(id: position.uuid, asset: asset.id.uuid, kind: .payable)],
            in: transaction)
        return (position, asset.id)
    }

    private func asset(like amount: Amount, of tenant: TenantID) async throws -> Asset? {
        let name = try AssetName(code: amount.assetCode, scale: amount.assetScale)
        return try await assets.find(name, tenant: tenant)
    }

    /// - Throws: `PositionError.notFound`.
    func find(_ id: String, in context: RequestContext) async throws -> Position {
        guard let id = PositionID(id),
            let position = try await repository.find(id, tenant: try context.tenantID())
        else { throw PositionError.notFound }
        return position
    }

    func page(
        _ page: PageRequest, _ filter: PositionFilter, in context: RequestContext
    ) async throws -> Page<Position> {
        try await repository.page(page, filter, tenant: try context.tenantID())
    }

    /// What stands open on each of the positions, in their order.
    func amounts(of positions: [Position], in context: RequestContext) async throws -> [UInt64] {
        let open = try await ledger.positions(
            of: positions.map(\.id.uuid), tenant: try context.tenantID().uuid)
        return positions.map { open[$0.id.uuid]?.amount ?? 0 }
    }
}
