import Postgres

/// All SQL of API keys.
struct ApiKeyRepository: Sendable {
    private static let columns = """
        tenant_id, id, payment_pointer_id, prefix, created_at, updated_at, expires_at, last_used_at,
            is_read_only, fields
        """

    let database: Database

    func insert(
        _ id: ApiKeyID, secret: Secret, paymentPointer: PaymentPointerID?, expiresAt: Timestamp?,
        restriction: KeyRestriction = .none, tenant: TenantID, in transaction: Transaction
    ) async throws {
        _ = try await transaction.execute(
            """
            -- api_keys.insert
            insert into hazina.api_keys
                (tenant_id, id, payment_pointer_id, secret_hash, prefix, expires_at, is_read_only,
                fields)
            values (
                \(tenant), \(id), \(paymentPointer?.uuid), \(secret.hash), \(secret.prefix),
                \(expiresAt), \(restriction.isReadOnly), \(restriction.fields))
            """)
    }

    func find(
        _ id: ApiKeyID, tenant: TenantID, in transaction: Transaction
    ) async throws -> ApiKey? {
        try await transaction.query(
            """
            -- api_keys.find
            select \(unescaped: Self.columns)
            from hazina.api_keys
            where tenant_id = \(tenant) and id = \(id)
            """
        ).first.map(Self.apiKey)
    }

    /// Rows in the request's direction, one more than its limit.
    func page(
        _ page: PageRequest, of paymentPointer: PaymentPointerID, tenant: TenantID
    ) async throws -> [ApiKey] {
        let statement: SQL =
            page.isBackward
            ? """
            -- api_keys.page_before
            select \(unescaped: Self.columns)
            from hazina.api_keys
            where tenant_id = \(tenant) and payment_pointer_id = \(paymentPointer)
                and id < \(page.start)
                and exists (
                    select 1 from hazina.api_keys c
                    where c.tenant_id = \(tenant) and c.id = \(page.start)
                        and c.payment_pointer_id = \(paymentPointer))
            order by id desc limit \(page.limit + 1)
            """
            : """
            -- api_keys.page_after
            select \(unescaped: Self.columns)
            from hazina.api_keys
            where tenant_id = \(tenant) and payment_pointer_id = \(paymentPointer)
                and id > \(page.start)
                and (not \(page.hasCursor) or exists (
                    select 1 from hazina.api_keys c
                    where c.tenant_id = \(tenant) and c.id = \(page.start)
                        and c.payment_pointer_id = \(paymentPointer)))
            order by id limit \(page.limit + 1)
            """
        return try await database.read(statement, as: tenant).map(Self.apiKey)
    }

    /// The tenant's own keys, the restricted ones among them and those that end.
    func page(_ page: PageRequest, tenant: TenantID) async throws -> Page<TenantKey> {
        let scan = ListScan(
            "hazina.api_keys", by: ["id"], isDescending: false, page, tenant: tenant)
        let rows = try await database.read(
            """
            -- api_keys.page_of_tenant
            select \(unescaped: Self.columns),
                \(page.hasCursor) and (
                    select true from hazina.api_keys o
                    where o.tenant_id = \(tenant) and o.payment_pointer_id is null
                        and (o.expires_at is null or o.expires_at > now())
                        \(before: scan, "o")
                    order by \(unescaped: scan.order("o")) limit 1) is true as has_other
            from hazina.api_keys k
            where k.tenant_id = \(tenant) and k.payment_pointer_id is null
                and (k.expires_at is null or k.expires_at > now())
                \(after: scan, "k")
            order by \(unescaped: scan.order("k")) limit \(scan.limit)
            """, as: tenant)
        return Page(
            rows: try rows.map { TenantKey(key: try Self.apiKey($0)) }, of: page,
            hasOther: try rows.first?.decode("has_other"))
    }

    /// Deletes a key of the tenant's own. False if it has no such key.
    func deleteTenantKey(
        _ id: ApiKeyID, tenant: TenantID, in transaction: Transaction
    ) async throws -> Bool {
        try await transaction.execute(
            """
            -- api_keys.delete_tenant_key
            delete from hazina.api_keys
            where tenant_id = \(tenant) and id = \(id) and payment_pointer_id is null
            """) > 0
    }

    /// Deletes the key, and with it its sessions. False if the payment pointers have no such key.
    func delete(_ id: ApiKeyID, tenant: TenantID, in transaction: Transaction) async throws -> Bool
    {
        try await transaction.execute(
            """
            -- api_keys.delete
            delete from hazina.api_keys
            where tenant_id = \(tenant) and id = \(id) and payment_pointer_id is not null
            """) > 0
    }

    func deleteAll(
        of paymentPointer: PaymentPointerID, tenant: TenantID, in transaction: Transaction
    ) async throws {
        _ = try await transaction.execute(
            """
            -- api_keys.delete_all
            delete from hazina.api_keys
            where tenant_id = \(tenant) and payment_pointer_id = \(paymentPointer)
            """)
    }

    /// Whether the tenant's key is valid at this moment, not at the transaction's start.
    func isValidTenantKey(
        _ id: ApiKeyID, tenant: TenantID, in transaction: Transaction
    ) async throws -> Bool {
        try await !transaction.query(
            """
            -- api_keys.is_valid_tenant_key
            select 1 from hazina.api_keys
            where tenant_id = \(tenant) and id = \(id) and payment_pointer_id is null
                and (expires_at is null or expires_at > clock_timestamp())
            """
        ).isEmpty
    }

    /// Lets the tenant's own keys end `seconds` from now, unless they end before.
    /// - Returns: when the last of them ends; nil if there was none left.
    func expireTenantKeys(
        after seconds: Int, tenant: TenantID, in transaction: Transaction
    ) async throws -> Timestamp? {
        let rows = try await transaction.query(
            """
            -- api_keys.expire_tenant_keys
            with expiring as (
                update hazina.api_keys
                set expires_at = least(
                        expires_at, now() + make_interval(secs => \(Double(seconds)))),
                    updated_at = now()
                where tenant_id = \(tenant) and payment_pointer_id is null
                    and (expires_at is null or expires_at > now())
                returning expires_at
            )
            select max(expires_at) as expires_at from expiring
            """)
        return try rows.first?.decode("expires_at", as: Timestamp?.self)
    }

    func recordUse(of id: ApiKeyID, tenant: TenantID) async throws {
        try await database.transaction(as: tenant, isNoted: false) { transaction in
            try await recordUse(of: id, tenant: tenant, in: transaction)
        }
    }

    func recordUse(
        of id: ApiKeyID, tenant: TenantID, in transaction: Transaction
    ) async throws {
        _ = try await transaction.execute(
            """
            -- api_keys.record_use
            update hazina.api_keys set last_used_at = now()
            where tenant_id = \(tenant) and id = \(id)
                and (last_used_at is null or last_used_at < now() - interval '1 minute')
            """)
    }

    private static func apiKey(_ row: Row) throws -> ApiKey {
        ApiKey(
            id: try row.id("id"), tenantID: try row.id("tenant_id"),
            paymentPointerID: try row.optionalID("payment_pointer_id"),
            prefix: try row.decode("prefix"), createdAt: try row.decode("created_at"),
            updatedAt: try row.decode("updated_at"), expiresAt: try row.decode("expires_at"),
            lastUsedAt: try row.decode("last_used_at"), restriction: try KeyRestriction(row))
    }
}
