import Ledger
import Postgres

/// Assets of a tenant, each with its liquidity and settlement accounts.
struct AssetService: Sendable {
    let database: Database
    let repository: AssetRepository
    let ledger: Ledger

    func create(
        code: String, scale: Int, withdrawalThreshold: UInt64?, in context: RequestContext
    ) async throws -> Asset {
        let name = try AssetName(code: code, scale: scale)
        let tenant = try context.tenantID()
        return try await database.transaction(as: tenant) { transaction in
            guard
                let asset = try await insert(
                    name, withdrawalThreshold: withdrawalThreshold, tenant: tenant, in: transaction)
            else { throw AssetError.alreadyExists }
            return asset
        }
    }

    /// The tenant's asset of this name, made if it is missing, within the caller's transaction.
    func findOrCreate(
        _ name: AssetName, tenant: TenantID, in transaction: Transaction
    ) async throws -> Asset {
        if let asset = try await repository.find(name, tenant: tenant, in: transaction) {
            return asset
        }
        let created = try await insert(
            name, withdrawalThreshold: nil, tenant: tenant, in: transaction)
        if let created { return created }
        // Somebody else made it between the two statements; theirs has committed.
        guard let asset = try await repository.find(name, tenant: tenant, in: transaction) else {
            throw AssetError.unknown
        }
        return asset
    }

    /// Nil clears the threshold.
    func updateWithdrawalThreshold(
        id: String, _ threshold: UInt64?, in context: RequestContext
    ) async throws -> Asset {
        let tenant = try context.tenantID()
        guard let id = AssetID(id) else { throw AssetError.unknown }
        let asset = try await database.transaction(as: tenant) { transaction in
            try await repository.updateWithdrawalThreshold(
                id, threshold, tenant: tenant, in: transaction)
        }
        guard let asset else { throw AssetError.unknown }
        return asset
    }

    /// The fee counts for quotes that are made from then on.
    func setFee(
        assetID: String, fixed: UInt64, basisPoints: Int, in context: RequestContext
    ) async throws -> Asset {
        let tenant = try context.tenantID()
        guard let fee = Fee(fixed: fixed, basisPoints: basisPoints) else {
            throw AssetError.invalidFee
        }
        guard let id = AssetID(assetID) else { throw AssetError.unknown }
        let asset = try await database.transaction(as: tenant) { transaction in
            try await repository.updateFee(id, fee, tenant: tenant, in: transaction)
        }
        guard let asset else { throw AssetError.unknown }
        return asset
    }

    func find(id: String, in context: RequestContext) async throws -> Asset {
        guard let id = AssetID(id),
            let asset = try await repository.find(id, tenant: try context.tenantID())
        else { throw AssetError.notFound }
        return asset
    }

    func page(
        _ page: PageRequest, _ filter: AssetFilter, by order: ListOrder<AssetOrderField>,
        in context: RequestContext
    ) async throws -> Page<Asset> {
        try await repository.page(page, filter, by: order, tenant: try context.tenantID())
    }

    private func insert(
        _ name: AssetName, withdrawalThreshold: UInt64?, tenant: TenantID,
        in transaction: Transaction
    ) async throws -> Asset? {
        let asset = try await repository.insert(
            .next(), name, withdrawalThreshold: withdrawalThreshold, tenant: tenant,
            in: transaction)
        if let asset {
            try await ledger.openAccounts(
                ofAsset: asset.id.uuid, settlement: AssetID.next().uuid, in: transaction)
        }
        return asset
    }
}
