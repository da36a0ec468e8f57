import Postgres

/// All SQL of sessions. Expiries are decided by the database's clock.
struct SessionRepository: Sendable {
    /// Makes a session that lives for `minutes`, but no longer than its key.
    /// - Returns: when it expires; nil if the key is gone or has expired meanwhile.
    func insert(
        _ id: SessionID, secret: Secret, apiKey: ApiKeyID, minutes: Int, maximumHours: Int,
        tenant: TenantID, in transaction: Transaction
    ) async throws -> Timestamp? {
        // The key is locked against deletion, so that no session can outlive it.
        try await transaction.query(
            """
            -- sessions.insert
            insert into hazina.sessions
                (tenant_id, id, api_key_id, payment_pointer_id, secret_hash, expires_at,
                final_expires_at)
            select k.tenant_id, \(id), k.id, k.payment_pointer_id, \(secret.hash),
                least(
                    now() + make_interval(mins => \(Int32(clamping: minutes))),
                    now() + make_interval(hours => \(Int32(clamping: maximumHours))),
                    k.expires_at),
                least(
                    now() + make_interval(hours => \(Int32(clamping: maximumHours))),
                    k.expires_at)
            from hazina.api_keys k
            where k.tenant_id = \(tenant) and k.id = \(apiKey)
                and k.payment_pointer_id is not null
                and (k.expires_at is null or k.expires_at > now())
            for key share of k
            returning expires_at
            """
        ).first?.decode("expires_at")
    }

    /// Extends a live session to `minutes` from now, up to its final expiry; never shortens it.
    func extend(
        _ id: SessionID, minutes: Int, tenant: TenantID, in transaction: Transaction
    ) async throws -> Timestamp? {
        try await transaction.query(
            """
            -- sessions.extend
            update hazina.sessions
            set expires_at = greatest(
                expires_at,
                least(
                    now() + make_interval(mins => \(Int32(clamping: minutes))), final_expires_at))
            where tenant_id = \(tenant) and id = \(id) and expires_at > now()
            returning expires_at
            """
        ).first?.decode("expires_at")
    }

    func delete(_ id: SessionID, tenant: TenantID, in transaction: Transaction) async throws {
        _ = try await transaction.execute(
            """
            -- sessions.delete
            delete from hazina.sessions where tenant_id = \(tenant) and id = \(id)
            """)
    }

    /// Removes sessions of the payment pointer that have expired, so that they do not pile up.
    func deleteExpired(
        of paymentPointer: PaymentPointerID, tenant: TenantID, in transaction: Transaction
    ) async throws {
        _ = try await transaction.execute(
            """
            -- sessions.delete_expired
            delete from hazina.sessions
            where (tenant_id, id) in (
                select tenant_id, id from hazina.sessions
                where tenant_id = \(tenant) and payment_pointer_id = \(paymentPointer)
                    and expires_at <= now()
                limit 100
                for update skip locked)
            """)
    }
}
