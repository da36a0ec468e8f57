import Ledger
import Postgres

/// Tenants: made, renamed and disabled by the operator.
struct TenantService: Sendable {
    let database: Database
    let repository: TenantRepository
    let apiKeys: ApiKeyRepository
    let ledger: Ledger

    /// Makes a tenant and its first key, in one transaction.
    func create(name: String) async throws -> (tenant: Tenant, secret: Secret) {
        try InvalidInput.check(name, "name")
        let id = TenantID.next()
        let keyID = ApiKeyID.next()
        let secret = Secret.random(.tenantKey)
        let tenant = try await database.transaction(as: id) { transaction in
            let tenant = try await repository.insert(id, name: name, in: transaction)
            try await apiKeys.insert(
                keyID, secret: secret, paymentPointer: nil, expiresAt: nil, tenant: id,
                in: transaction)
            return tenant
        }
        guard let tenant else { throw TenantError.unknown }
        return (tenant, secret)
    }

    func update(id: String, name: String?) async throws -> Tenant {
        if let name { try InvalidInput.check(name, "name") }
        guard let id = TenantID(id) else { throw TenantError.unknown }
        let tenant = try await database.transaction(as: id) { transaction in
            try await repository.update(id, name: name, in: transaction)
        }
        guard let tenant else { throw TenantError.unknown }
        return tenant
    }

    /// Disables the tenant and keeps its rows. Again for a disabled one: nothing to do.
    func delete(id: String) async throws -> Tenant {
        guard let id = TenantID(id) else { throw TenantError.unknown }
        if id == .operator { throw TenantError.operatorTenant }
        return try await database.transaction(as: id) { transaction in
            guard let tenant = try await repository.disable(id, in: transaction) else {
                throw TenantError.unknown
            }
            if try await ledger.holdTenant(in: transaction) {
                throw TenantError.holdsBalance
            }
            return tenant
        }
    }

    func find(id: String) async throws -> Tenant {
        guard let id = TenantID(id), let tenant = try await repository.find(id) else {
            throw TenantError.notFound
        }
        return tenant
    }

    /// The caller's own tenant.
    func current(in context: RequestContext) async throws -> Tenant {
        guard let tenant = try await repository.find(try context.tenantID()) else {
            throw TenantError.notFound
        }
        return tenant
    }

    /// The tenant in use that the caller administers: its own, or for the operator any.
    func administered(_ id: String?, in context: RequestContext) async throws -> Tenant {
        let own = try context.tenantID()
        let id = id.map { TenantID($0) } ?? own
        guard let id, id == own || context.caller.isOperator,
            let tenant = try await repository.find(id), tenant.disabledAt == nil
        else { throw TenantError.unknown }
        return tenant
    }

    func page(_ page: PageRequest) async throws -> Page<Tenant> {
        Page(rows: try await repository.page(page), of: page)
    }
}
