import Logging
import Postgres

/// Finds out who makes a request. Nothing is cached: a revocation holds from its commit on, on
/// every server process.
package struct Authenticator: Sendable {
    let operatorKeys: OperatorKeys
    let credentials: CredentialLookup
    let tenants: TenantRepository
    let uses: KeyUseRecorder

    /// Never throws for a bad credential, which is a caller like any other: nobody.
    package func authenticate(_ presented: Credentials) async throws -> Caller {
        let caller = try await identify(presented)
        guard caller.isKnown, let named = presented.tenantID else { return caller }
        return try await caller.working(in: named, tenants)
    }

    private func identify(_ presented: Credentials) async throws -> Caller {
        if let apiKey = presented.apiKey {
            if operatorKeys.contains(apiKey) {
                return Caller(role: .operator, tenantID: .operator)
            }
            return try await holder(of: apiKey, .tenantKey)
        }
        if let sessionKey = presented.sessionKey {
            return try await holder(of: sessionKey, .session)
        }
        return .nobody
    }

    private func holder(of key: String, _ kind: Secret.Kind) async throws -> Caller {
        guard let secret = Secret(key), secret.kind == kind,
            let credential = try await credentials.find(
                hash: secret.hash, isSession: kind == .session)
        else { return .badCredential }
        if credential.isUseDue {
            uses.record(credential.apiKeyID, of: credential.tenantID)
        }
        guard let session = credential.session else {
            return Caller(
                role: .tenant(key: credential.apiKeyID), tenantID: credential.tenantID,
                restriction: credential.restriction, keyExpiresAt: credential.expiresAt)
        }
        return Caller(
            role: .session(session), tenantID: credential.tenantID,
            restriction: credential.restriction)
    }
}

extension Caller {
    /// The operator works in whichever tenant it names; anybody else only in its own.
    fileprivate func working(in named: String, _ tenants: TenantRepository) async throws -> Caller {
        let named = TenantID(named)
        if isOperator {
            guard let named, try await tenants.isInUse(named) else {
                return Caller(role: role, refusal: .unknownTenant)
            }
            return Caller(role: role, tenantID: named)
        }
        guard named == tenantID else {
            return Caller(role: role, tenantID: tenantID, refusal: .foreignTenant)
        }
        return self
    }
}
