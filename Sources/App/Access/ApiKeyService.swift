import Postgres

/// What can be wrong with an operation on API keys or sessions.
enum CredentialError: DomainError {
    case unknownApiKey
    case invalidExpiry
    case keyNotFound(paymentPointerID: String)
    case sessionNotFound
    case overlapOutOfRange

    var code: String {
        switch self {
        case .unknownApiKey, .keyNotFound: "404"
        case .invalidExpiry, .overlapOutOfRange: "400"
        case .sessionNotFound: "401"
        }
    }

    var message: String {
        switch self {
        case .unknownApiKey: "Unknown api key"
        case .invalidExpiry:
            "invalid expiresAt: use a time in the future as ISO 8601 with a zone, "
                + "such as 2030-01-31T12:00:00Z"
        case .keyNotFound(let id): "Api key not found. paymentPointerId=\(id)"
        case .sessionNotFound: "Session not found."
        case .overlapOutOfRange:
            "overlapSeconds must be 0 to \(ApiKeyService.maximumOverlap) (30 days)"
        }
    }
}

/// A tenant's new key, and when those before it end.
struct RotatedTenantKey: Sendable {
    let id: ApiKeyID
    let secret: Secret
    let tenant: Tenant
    let previousExpireAt: Timestamp?
}

/// API keys of payment pointers and of tenants.
struct ApiKeyService: Sendable {
    /// The longest time in seconds that a tenant's old and new keys are both accepted.
    static let maximumOverlap = 2_592_000

    let database: Database
    let repository: ApiKeyRepository
    let paymentPointers: PaymentPointerService
    let tenants: TenantService
    /// The names of all root fields, which keys can be restricted to.
    let rootFields: Set<String>

    /// Makes a key of a payment pointer. Its secret is in the answer and nowhere else.
    func create(
        paymentPointerID: String, expiresAt: String?, _ requested: RequestedRestriction,
        in context: RequestContext
    ) async throws -> NewApiKey {
        let tenant = try context.tenantID()
        let own = context.caller.restriction
        let restriction = try requested.restriction(within: own, known: rootFields)
        let expiry =
            own == .none
            ? try expiresAt.map(Self.expiry) : try Self.expiry(expiresAt, within: context.caller)
        let id = ApiKeyID.next()
        let secret = Secret.random(.paymentPointerKey)
        return try await database.transaction(as: tenant) { transaction in
            let paymentPointer = try await paymentPointers.require(
                paymentPointerID, tenant: tenant, in: transaction)
            try await repository.insert(
                id, secret: secret, paymentPointer: paymentPointer.id, expiresAt: expiry,
                restriction: restriction, tenant: tenant, in: transaction)
            guard let key = try await repository.find(id, tenant: tenant, in: transaction) else {
                throw CredentialError.unknownApiKey
            }
            if let expiry, expiry <= key.createdAt { throw CredentialError.invalidExpiry }
            return NewApiKey(key: key, secret: secret)
        }
    }

    /// Deletes all keys of a payment pointer and their sessions; an unknown one has none.
    func deleteAll(paymentPointerID: String, in context: RequestContext) async throws {
        let tenant = try context.tenantID()
        guard let id = PaymentPointerID(paymentPointerID) else { return }
        try await database.transaction(as: tenant) { transaction in
            try await repository.deleteAll(of: id, tenant: tenant, in: transaction)
        }
    }

    /// Deletes one key of a payment pointer and its sessions.
    func revoke(id: String, in context: RequestContext) async throws {
        let tenant = try context.tenantID()
        guard let id = ApiKeyID(id) else { throw CredentialError.unknownApiKey }
        let isDeleted = try await database.transaction(as: tenant) { transaction in
            try await repository.delete(id, tenant: tenant, in: transaction)
        }
        guard isDeleted else { throw CredentialError.unknownApiKey }
    }

    func page(
        of paymentPointerID: String, _ page: PageRequest, in context: RequestContext
    ) async throws -> Page<ApiKey> {
        let paymentPointer = try await paymentPointers.find(paymentPointerID, in: context)
        let rows = try await repository.page(
            page, of: paymentPointer.id, tenant: paymentPointer.tenantID)
        return Page(rows: rows, of: page)
    }

    /// Makes a new key of a tenant; its other keys end after the overlap.
    /// - Parameter tenantID: another tenant than the caller's, which the operator may name.
    func rotateTenantKey(
        tenantID: String?, overlapSeconds: Int, in context: RequestContext
    ) async throws -> RotatedTenantKey {
        guard context.caller.restriction == .none else { throw AccessError.strongerKey }
        guard (0...Self.maximumOverlap).contains(overlapSeconds) else {
            throw CredentialError.overlapOutOfRange
        }
        let tenant = try await tenants.administered(tenantID, in: context)
        let secret = Secret.random(.tenantKey)
        let id = ApiKeyID.next()
        let expireAt = try await database.transaction(as: tenant.id) { transaction in
            // Rotations come one after the other, so that none misses the other's new key; and one
            // that was asked for with a key which another has ended meanwhile comes too late.
            try await tenants.repository.lock(tenant.id, in: transaction)
            try await requireValid(context.caller, tenant.id, in: transaction)
            let expireAt = try await repository.expireTenantKeys(
                after: overlapSeconds, tenant: tenant.id, in: transaction)
            try await repository.insert(
                id, secret: secret, paymentPointer: nil, expiresAt: nil, tenant: tenant.id,
                in: transaction)
            return expireAt
        }
        return RotatedTenantKey(
            id: id, secret: secret, tenant: tenant, previousExpireAt: expireAt)
    }

    /// Makes a key of a tenant beside those that it has.
    /// - Parameter tenantID: another tenant than the caller's, which the operator may name.
    func createTenantKey(
        tenantID: String?, expiresAt: String?, _ requested: RequestedRestriction,
        in context: RequestContext
    ) async throws -> NewApiKey {
        let restriction = try requested.restriction(
            within: context.caller.restriction, known: rootFields)
        let expiry = try Self.expiry(expiresAt, within: context.caller)
        let tenant = try await tenants.administered(tenantID, in: context)
        let id = ApiKeyID.next()
        let secret = Secret.random(.tenantKey)
        return try await database.transaction(as: tenant.id) { transaction in
            try await tenants.repository.lock(tenant.id, in: transaction)
            try await requireValid(context.caller, tenant.id, in: transaction)
            try await repository.insert(
                id, secret: secret, paymentPointer: nil, expiresAt: expiry,
                restriction: restriction, tenant: tenant.id, in: transaction)
            guard let key = try await repository.find(id, tenant: tenant.id, in: transaction)
            else { throw CredentialError.unknownApiKey }
            if let expiry, expiry <= key.createdAt { throw CredentialError.invalidExpiry }
            return NewApiKey(key: key, secret: secret)
        }
    }

    /// Deletes one of the tenant's own keys.
    func revokeTenantKey(id: String, in context: RequestContext) async throws {
        let tenant = try context.tenantID()
        guard let id = ApiKeyID(id) else { throw CredentialError.unknownApiKey }
        let isDeleted = try await database.transaction(as: tenant) { transaction in
            try await repository.deleteTenantKey(id, tenant: tenant, in: transaction)
        }
        guard isDeleted else { throw CredentialError.unknownApiKey }
    }

    /// The tenant's own keys that are still accepted.
    func tenantKeys(
        _ page: PageRequest, in context: RequestContext
    ) async throws -> Page<TenantKey> {
        try await repository.page(page, tenant: try context.tenantID())
    }

    /// Refuses what was asked for with a key that another has ended meanwhile.
    private func requireValid(
        _ caller: Caller, _ tenant: TenantID, in transaction: Transaction
    ) async throws {
        guard case .tenant(let key) = caller.role else { return }
        let isValid = try await repository.isValidTenantKey(key, tenant: tenant, in: transaction)
        guard isValid else { throw AccessError.badCredential }
    }

    /// When a new key ends: no later than the one that makes it.
    private static func expiry(_ text: String?, within caller: Caller) throws -> Timestamp? {
        guard let limit = caller.keyExpiresAt else { return try text.map(expiry) }
        guard let text else { return limit }
        let expiry = try expiry(text)
        guard expiry <= limit else { throw AccessError.strongerKey }
        return expiry
    }

    private static func expiry(_ text: String) throws -> Timestamp {
        guard let expiry = Timestamp(iso8601: text) else { throw CredentialError.invalidExpiry }
        return expiry
    }
}
