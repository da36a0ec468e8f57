import Postgres

/// All SQL of clients and their keys.
struct ClientRepository: Sendable {
    let database: Database

    func insert(_ new: NewClient, tenant: TenantID, in transaction: Transaction) async throws
        -> Client?
    {
        try await transaction.query(
            """
            -- clients.insert
            insert into hazina.clients (tenant_id, id, name, uri, image, email)
            values (
                \(tenant), \(ClientID.next()), \(new.name), \(new.uri), \(new.image), \(new.email))
            returning id, name, uri, image, email, created_at
            """
        ).first.map(Self.client)
    }

    func find(_ id: ClientID, tenant: TenantID) async throws -> Client? {
        try await database.read(
            """
            -- clients.find
            select id, name, uri, image, email, created_at
            from hazina.clients where tenant_id = \(tenant) and id = \(id)
            """, as: tenant
        ).first.map(Self.client)
    }

    /// The client, which nobody gives another key until the transaction ends.
    func lock(
        _ id: ClientID, tenant: TenantID, in transaction: Transaction
    ) async throws -> Client? {
        try await transaction.query(
            """
            -- clients.lock
            select id, name, uri, image, email, created_at
            from hazina.clients where tenant_id = \(tenant) and id = \(id)
            for no key update
            """
        ).first.map(Self.client)
    }

    func page(_ page: PageRequest, tenant: TenantID) async throws -> Page<Client> {
        let scan = ListScan(
            "hazina.clients", by: ["id"], isDescending: false, page, tenant: tenant)
        let rows = try await database.read(
            """
            -- clients.page
            select c.id, c.name, c.uri, c.image, c.email, c.created_at
            from hazina.clients c
            where c.tenant_id = \(tenant)\(after: scan, "c")
            order by \(unescaped: scan.order("c")) limit \(scan.limit)
            """, as: tenant)
        return Page(rows: try rows.map(Self.client), of: page)
    }

    func countKeys(
        of client: ClientID, tenant: TenantID, in transaction: Transaction
    ) async throws -> Int {
        try await transaction.query(
            """
            -- client_keys.count
            select count(*) as keys from hazina.client_keys
            where tenant_id = \(tenant) and client_id = \(client)
            """
        ).first?.decode("keys") ?? 0
    }

    /// - Throws: `ClientError.keyExists` if a client of any tenant has a key of this id.
    func insertKey(
        _ id: ClientKeyID, _ jwk: JWK, of client: ClientID, tenant: TenantID,
        in transaction: Transaction
    ) async throws {
        do {
            _ = try await transaction.execute(
                """
                -- client_keys.insert
                insert into hazina.client_keys (tenant_id, id, client_id, jwk)
                values (\(tenant), \(id), \(client), \(jwk.text))
                """)
        } catch
            where isViolation(of: "client_key_directory_pkey", error)
            || isViolation(of: "client_keys_pkey", error)
        {
            throw ClientError.keyExists
        }
    }

    /// The key, which nobody else changes until the transaction ends.
    func lockKey(
        _ id: ClientKeyID, tenant: TenantID, in transaction: Transaction
    ) async throws -> JWK? {
        try await transaction.query(
            """
            -- client_keys.lock
            select jwk from hazina.client_keys
            where tenant_id = \(tenant) and id = \(id) for no key update
            """
        ).first.map { JWK(stored: try $0.decode("jwk")) }
    }

    func updateKey(
        _ id: ClientKeyID, _ jwk: JWK, tenant: TenantID, in transaction: Transaction
    ) async throws {
        _ = try await transaction.execute(
            """
            -- client_keys.update
            update hazina.client_keys set jwk = \(jwk.text), updated_at = now()
            where tenant_id = \(tenant) and id = \(id)
            """)
    }

    /// The keys of each client, the newest first.
    func keys(of clients: [ClientID], tenant: TenantID) async throws -> [ClientID: [ClientKey]] {
        let rows = try await database.read(
            """
            -- client_keys.list
            select id, client_id, jwk, created_at from hazina.client_keys
            where tenant_id = \(tenant) and client_id = any (\(clients.map(\.uuid)))
            order by client_id, position desc
            """, as: tenant)
        return Dictionary(grouping: try rows.map(Self.key), by: \.clientID)
    }

    /// A key of any tenant and its client, as JSON; nil if it is unknown.
    func publicKey(_ id: ClientKeyID) async throws -> String? {
        try await database.readDirectory(
            """
            -- client_keys.read_public
            select jwk, client_id, name, uri, image, email from hazina.read_client_key(\(id))
            """
        ).first.map { row in
            let clientID: ClientID = try row.id("client_id")
            let client: CanonicalJSON = [
                "id": .string(clientID.description), "name": .string(try row.decode("name")),
                "uri": .string(try row.decode("uri")), "image": .string(try row.decode("image")),
                "email": .string(try row.decode("email")),
            ]
            let jwk: String = try row.decode("jwk")
            return #"{"key":\#(jwk),"client":\#(client.text)}"#
        }
    }

    private static func client(_ row: Row) throws -> Client {
        Client(
            id: try row.id("id"), name: try row.decode("name"), uri: try row.decode("uri"),
            image: try row.decode("image"), email: try row.decode("email"),
            createdAt: try row.decode("created_at"))
    }

    private static func key(_ row: Row) throws -> ClientKey {
        ClientKey(
            id: try row.id("id"), clientID: try row.id("client_id"),
            jwk: JWK(stored: try row.decode("jwk")), createdAt: try row.decode("created_at"))
    }
}
