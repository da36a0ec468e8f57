import Ledger
import Postgres

/// Payment pointers of a tenant. A session knows its own alone.
struct PaymentPointerService: Sendable {
    let database: Database
    let repository: PaymentPointerRepository
    let assets: AssetService
    let ledger: Ledger

    /// Makes a payment pointer with its account, and its asset if the tenant has none of that name.
    func create(
        url: String, assetCode: String, assetScale: Int, publicName: String?,
        in context: RequestContext
    ) async throws -> PaymentPointer {
        let url = try PaymentPointerURL(url)
        let name = try AssetName(code: assetCode, scale: assetScale)
        if let publicName { try InvalidInput.check(publicName, "publicName", length: 0...255) }
        let tenant = try context.tenantID()
        return try await database.transaction(as: tenant) { transaction in
            let asset = try await assets.findOrCreate(name, tenant: tenant, in: transaction)
            let created = try await repository.insert(
                .next(), url, publicName: publicName, asset: asset, tenant: tenant,
                in: transaction)
            guard let created else { throw PaymentPointerError.unknown }
            try await ledger.openAccount(
                created.id.uuid, kind: .paymentPointer, asset: asset.id.uuid, in: transaction)
            return created
        }
    }

    /// One that is switched off takes no new incoming payments and makes no new quotes; what has
    /// begun goes on.
    func update(
        id: String, _ change: PaymentPointerChange, in context: RequestContext
    ) async throws -> PaymentPointer {
        let tenant = try context.tenantID()
        guard let id = PaymentPointerID(id) else { throw PaymentPointerError.unknown }
        let updated = try await database.transaction(as: tenant) { transaction in
            try await repository.update(id, change, tenant: tenant, in: transaction)
        }
        guard let updated else { throw PaymentPointerError.unknown }
        return updated
    }

    /// The tenant's payment pointer of a URL, whichever of its spellings that is.
    /// - Throws: `PaymentPointerError.notFound`, also for one that the caller may not know of.
    func find(url: String, in context: RequestContext) async throws -> PaymentPointer {
        guard let url = try? PaymentPointerURL(url),
            let found = try await repository.find(url, tenant: try context.tenantID()),
            context.caller.mayAccess(found.id)
        else { throw PaymentPointerError.notFound }
        return found
    }

    func page(
        _ page: PageRequest, _ filter: PaymentPointerFilter,
        by order: ListOrder<PaymentPointerOrderField>, in context: RequestContext
    ) async throws -> Page<PaymentPointer> {
        try await PaymentPointerListRepository(database: database)
            .page(page, filter, by: order, tenant: try context.tenantID())
    }

    /// - Throws: `PaymentPointerError.notFound`, also for one that the caller may not know of.
    func find(_ id: String, in context: RequestContext) async throws -> PaymentPointer {
        guard let id = PaymentPointerID(id), context.caller.mayAccess(id),
            let paymentPointer = try await repository.find(id, tenant: try context.tenantID())
        else { throw PaymentPointerError.notFound }
        return paymentPointer
    }

    /// The payment pointer that a mutation names.
    /// - Throws: `PaymentPointerError.unknown`.
    func require(
        _ id: String, tenant: TenantID, in transaction: Transaction
    ) async throws -> PaymentPointer {
        guard let id = PaymentPointerID(id),
            let paymentPointer = try await repository.find(id, tenant: tenant, in: transaction)
        else { throw PaymentPointerError.unknown }
        return paymentPointer
    }
}
