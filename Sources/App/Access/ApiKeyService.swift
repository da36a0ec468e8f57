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

/// API keys of payment pointers and of tenants.
struct ApiKeyService: Sendable {
    /// The longest time in seconds that a tenant's old and new keys are both accepted.
    static let maximumOverlap = 2_592_000

    let database: Database
    let repository: ApiKeyRepository
    let paymentPointers: PaymentPointerService
    let tenants: TenantService

    /// Makes a key of a payment pointer. Its secret is in the answer and nowhere else.
    func create(
        paymentPointerID: String, expiresAt: String?, in context: RequestContext
    ) async throws -> NewApiKey {
        let tenant = try context.tenantID()
        let expiry = try expiresAt.map(Self.expiry)
        let id = ApiKeyID.next()
        let secret = Secret.random(.paymentPointerKey)
        return try await database.transaction(as: tenant) { transaction in
            let paymentPointer = try await paymentPointers.require(
                paymentPointerID, tenant: tenant, in: transaction)
            try await repository.insert(
                id, secret: secret, paymentPointer: paymentPointer.id, expiresAt: expiry,
                tenant: tenant, in: transaction)
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
    ) async throws -> (secret: Secret, tenant: Tenant, previousExpireAt: Timestamp?) {
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
            if case .tenant(let key) = context.caller.role {
                let isValid = try await repository.isValidTenantKey(
                    key, tenant: tenant.id, in: transaction)
                guard isValid else { throw AccessError.badCredential }
            }
            let expireAt = try await repository.expireTenantKeys(
                after: overlapSeconds, tenant: tenant.id, in: transaction)
            try await repository.insert(
                id, secret: secret, paymentPointer: nil, expiresAt: nil, tenant: tenant.id,
                in: transaction)
            return expireAt
        }
        return (secret, tenant, expireAt)
    }

    private static func expiry(_ text: String) throws -> Timestamp {
        guard let expiry = Timestamp(iso8601: text) else { throw CredentialError.invalidExpiry }
        return expiry
    }
}
