import Postgres

/// All SQL of answers kept under keys.
struct IdempotencyRepository: Sendable {
    enum Claim {
        /// Nobody has used the key: the transaction's own row holds it now.
        case claimed
        case answered(hash: [UInt8], answer: [UInt8])
    }

    /// Takes the key, or waits for whoever is using it and reads what came of it.
    func claim(
        _ key: IdempotencyKey, hash: [UInt8], tenant: TenantID, in transaction: Transaction
    ) async throws -> Claim? {
        let claimed = try await transaction.query(
            """
            -- idempotency.claim
            insert into hazina.idempotency_keys as k (tenant_id, key, request_hash)
            values (\(tenant), \(key.text), \(hash))
            on conflict (tenant_id, key) do update
            set request_hash = excluded.request_hash, answer = null, created_at = now()
            where k.created_at < now() - interval '24 hours'
            returning key
            """)
        if !claimed.isEmpty { return .claimed }
        return try await transaction.query(
            """
            -- idempotency.find
            select request_hash, answer from hazina.idempotency_keys
            where tenant_id = \(tenant) and key = \(key.text)
            """
        ).first.map { row in
            .answered(
                hash: try row.decode("request_hash"),
                answer: try row.decode("answer", as: [UInt8]?.self) ?? [])
        }
    }

    func keep(
        _ answer: [UInt8], _ key: IdempotencyKey, tenant: TenantID, in transaction: Transaction
    ) async throws {
        try await transaction.execute(
            """
            -- idempotency.keep
            update hazina.idempotency_keys set answer = \(answer)
            where tenant_id = \(tenant) and key = \(key.text)
            """)
    }
}
