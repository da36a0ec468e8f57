import Ledger
import Postgres

/// Looks up secrets by their hash, over all tenants.
struct CredentialRepository: Sendable {
    let database: Database

    /// The holder of the secret with this SHA-256; nil if it is unknown, expired or revoked, or
    /// its tenant is disabled.
    ///
    /// An unknown secret takes the same steps in the database as one that has expired.
    func find(hash: [UInt8], isSession: Bool) async throws -> Credential? {
        let rows = try await database.readDirectory(
            """
            -- credentials.authenticate
            select tenant_id, api_key_id, payment_pointer_id, session_id, expires_at, is_use_due,
                is_read_only, fields
            from hazina.identify(\(hash), \(isSession))
            """)
        return try rows.first.map(Self.credential)
    }

    /// What fails a transaction of the key's tenant unless its own key is still as it was found.
    static func condition(of key: Credential) -> LedgerCondition {
        LedgerCondition(
            """
            -- credentials.confirm
            select hazina.confirm_tenant_key(\(key.apiKeyID), \(key.expiresAt))
            """, failingWith: "HZ401")
    }

    private static func credential(_ row: Row) throws -> Credential {
        let apiKeyID: ApiKeyID = try row.id("api_key_id")
        let paymentPointerID: PaymentPointerID? = try row.optionalID("payment_pointer_id")
        var session: CallerSession?
        if let id: SessionID = try row.optionalID("session_id"), let paymentPointerID {
            session = CallerSession(
                id: id, paymentPointerID: paymentPointerID, apiKeyID: apiKeyID,
                expiresAt: try row.decode("expires_at"))
        }
        return Credential(
            tenantID: try row.id("tenant_id"), apiKeyID: apiKeyID,
            paymentPointerID: paymentPointerID, session: session,
            expiresAt: try row.decode("expires_at"),
            restriction: try KeyRestriction(row), isUseDue: try row.decode("is_use_due"))
    }
}

extension KeyRestriction {
    /// From a row with the columns `is_read_only` and `fields`.
    init(_ row: Row) throws {
        self.init(isReadOnly: try row.decode("is_read_only"), fields: try row.decode("fields"))
    }
}
