import Logging
import Postgres

/// Finds out who makes a request. Nothing is taken for granted: a revocation holds from its commit
/// on, on every server process.
package struct Authenticator: Sendable {
    let operatorKeys: OperatorKeys
    let credentials: CredentialLookup
    let tenants: TenantRepository
    let uses: KeyUseRecorder
    let memory = KeyMemory()

    /// Never throws for a bad credential, which is a caller like any other: nobody.
    package func authenticate(_ presented: Credentials) async throws -> Caller {
        let caller = try await identify(presented)
        guard caller.isKnown, let named = presented.tenantID else { return caller }
        return try await caller.working(in: named, tenants)
    }

    /// Whose key it was a moment ago, if it is a tenant's without restrictions, and the key, on
    /// which the request's work depends then; nil if that must be looked up.
    func recall(_ presented: Credentials) -> (caller: Caller, key: RecalledKey)? {
        // Only secrets of tenants' keys are remembered: one that is there needs no other check.
        guard let text = presented.apiKey else { return nil }
        guard let known = memory.recall(hash: Secret.hash(of: text)),
            case let credential = known.credential,
            presented.tenantID.map({ TenantID($0) == credential.tenantID }) ?? true
        else { return nil }
        let key = RecalledKey(
            of: credential.tenantID, condition: known.condition, forget: known.forget,
            lookUp: known.lookUp)
        return (Caller(credential), key)
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
        guard let secret = Secret(key), secret.kind == kind else { return .badCredential }
        let hash = secret.hash
        let start = ContinuousClock.now
        guard
            let credential = try await credentials.find(hash: hash, isSession: kind == .session)
        else { return .badCredential }
        if credential.isUseDue {
            uses.record(credential.apiKeyID, of: credential.tenantID)
        } else if kind == .tenantKey, credential.restriction == .none {
            memory.note(credential, hash: hash, start: start) { [credentials] in
                try await credentials.find(hash: hash, isSession: false)?
                    .hasSameRights(as: credential) ?? false
            }
        }
        return Caller(credential)
    }
}

extension Caller {
    fileprivate init(_ credential: Credential) {
        if let session = credential.session {
            self.init(
                role: .session(session), tenantID: credential.tenantID,
                restriction: credential.restriction)
        } else {
            self.init(
                role: .tenant(key: credential.apiKeyID), tenantID: credential.tenantID,
                restriction: credential.restriction, keyExpiresAt: credential.expiresAt)
        }
    }
}

extension Credential {
    /// Whether it is the same key with the same rights.
    fileprivate func hasSameRights(as other: Credential) -> Bool {
        apiKeyID == other.apiKeyID && tenantID == other.tenantID && expiresAt == other.expiresAt
            && restriction == other.restriction
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
