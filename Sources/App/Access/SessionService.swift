import Postgres

/// Sessions: redeemed from a payment pointer's API key, refreshed and revoked by their own key.
struct SessionService: Sendable {
    let database: Database
    let credentials: CredentialRepository
    let apiKeys: ApiKeyRepository
    let repository: SessionRepository
    /// How long a session lives after it was redeemed or refreshed.
    let minutes: Int
    /// How long refreshing can keep a session alive.
    let maximumHours: Int

    func redeem(
        key: String, paymentPointerID: String, in context: RequestContext
    ) async throws -> IssuedSession {
        let notFound = CredentialError.keyNotFound(paymentPointerID: paymentPointerID)
        guard let holder = try await holder(of: key, .paymentPointerKey),
            let paymentPointer = holder.paymentPointerID,
            paymentPointer == PaymentPointerID(paymentPointerID)
        else { throw refuse(notFound, in: context) }
        let tenant = holder.tenantID
        let id = SessionID.next()
        let secret = Secret.random(.session)
        let expiresAt = try await database.transaction(as: tenant) { transaction in
            try await repository.deleteExpired(
                of: paymentPointer, tenant: tenant, in: transaction)
            try await apiKeys.recordUse(of: holder.apiKeyID, tenant: tenant, in: transaction)
            return try await repository.insert(
                id, secret: secret, apiKey: holder.apiKeyID, minutes: minutes,
                maximumHours: maximumHours, tenant: tenant, in: transaction)
        }
        guard let expiresAt else { throw notFound }
        return IssuedSession(key: secret.text, expiresAt: expiresAt)
    }

    /// The same key, with a later expiry.
    func refresh(key: String, in context: RequestContext) async throws -> IssuedSession {
        guard let holder = try await holder(of: key, .session), let session = holder.session else {
            throw refuse(CredentialError.sessionNotFound, in: context)
        }
        let expiresAt = try await database.transaction(as: holder.tenantID) { transaction in
            try await repository.extend(
                session.id, minutes: minutes, tenant: holder.tenantID, in: transaction)
        }
        guard let expiresAt else { throw CredentialError.sessionNotFound }
        return IssuedSession(key: key, expiresAt: expiresAt)
    }

    /// Ends the session; nothing to do for an unknown one.
    func revoke(key: String, in context: RequestContext) async throws {
        guard let holder = try await holder(of: key, .session), let session = holder.session else {
            return
        }
        try await database.transaction(as: holder.tenantID) { transaction in
            try await repository.delete(session.id, tenant: holder.tenantID, in: transaction)
        }
    }

    private func holder(of key: String, _ kind: Secret.Kind) async throws -> Credential? {
        guard let secret = Secret(key), secret.kind == kind else { return nil }
        return try await credentials.find(
            hash: secret.hash, isSession: kind == .session)
    }

    /// Counts a wrong key; past the limit the answer says so instead.
    private func refuse(_ error: CredentialError, in context: RequestContext) -> any DomainError {
        context.reportBadKey() ? AccessError.tooManyBadKeys : error
    }
}
