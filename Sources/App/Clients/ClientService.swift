import Postgres

/// Clients of a tenant and the public keys that they sign with.
struct ClientService: Sendable {
    let database: Database
    let repository: ClientRepository

    func create(_ new: NewClient, in context: RequestContext) async throws -> Client {
        let tenant = try context.tenantID()
        let client = try await database.transaction(as: tenant) { transaction in
            try await repository.insert(new, tenant: tenant, in: transaction)
        }
        guard let client else { throw ClientError.unknownClient }
        return client
    }

    /// Gives the client one more key, whose id no client of any tenant has.
    func addKey(
        id: String, clientID: String, jwk: String, in context: RequestContext
    ) async throws -> Client {
        let tenant = try context.tenantID()
        let jwk = try JWK(jwk)
        guard let id = ClientKeyID(id) else { throw ClientError.invalidKeyID }
        guard let clientID = ClientID(clientID) else { throw ClientError.unknownClient }
        return try await database.transaction(as: tenant) { transaction in
            let client = try await repository.lock(clientID, tenant: tenant, in: transaction)
            guard let client else { throw ClientError.unknownClient }
            let count = try await repository.countKeys(
                of: clientID, tenant: tenant, in: transaction)
            guard count < ClientError.maximumKeys else { throw ClientError.tooManyKeys }
            try await repository.insertKey(
                id, jwk, of: clientID, tenant: tenant, in: transaction)
            return client
        }
    }

    /// Marks a key as revoked. It stays, for whoever has to know that it was.
    func revokeKey(id: String, in context: RequestContext) async throws {
        let tenant = try context.tenantID()
        guard let id = ClientKeyID(id) else { throw ClientError.unknownKey }
        try await database.transaction(as: tenant) { transaction in
            guard let jwk = try await repository.lockKey(id, tenant: tenant, in: transaction) else {
                throw ClientError.unknownKey
            }
            try await repository.updateKey(
                id, try jwk.revoked, tenant: tenant, in: transaction)
        }
    }

    /// Nil for one that the caller's tenant does not have.
    func find(id: String, in context: RequestContext) async throws -> Client? {
        let tenant = try context.tenantID()
        guard let id = ClientID(id) else { return nil }
        return try await repository.find(id, tenant: tenant)
    }

    func page(_ page: PageRequest, in context: RequestContext) async throws -> Page<Client> {
        try await repository.page(page, tenant: try context.tenantID())
    }

    /// The keys of each client in turn, the newest first.
    func keys(of clients: [Client], in context: RequestContext) async throws -> [[ClientKey]] {
        let ids = clients.map(\.id)
        let keys = try await repository.keys(of: ids, tenant: try context.tenantID())
        return ids.map { keys[$0] ?? [] }
    }

    /// A key of any tenant and its client, as JSON; nil if the id is unknown.
    func publicKey(id: String) async throws -> String? {
        guard let id = ClientKeyID(id) else { return nil }
        return try await repository.publicKey(id)
    }
}
