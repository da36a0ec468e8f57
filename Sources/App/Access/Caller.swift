package import Postgres

/// What a request presented, as the transport read it from its headers.
package struct Credentials: Sendable {
    /// `x-api-key`.
    package let apiKey: String?
    /// `Authorization: Bearer <key>`, or the bare key.
    package let sessionKey: String?
    /// `x-tenant-id`.
    package let tenantID: String?

    package init(apiKey: String? = nil, sessionKey: String? = nil, tenantID: String? = nil) {
        self.apiKey = apiKey
        self.sessionKey = sessionKey
        self.tenantID = tenantID
    }
}

/// Who makes a request.
package struct Caller: Sendable {
    package enum Role: Sendable {
        case nobody
        case `operator`
        case tenant(key: ApiKeyID)
        case session(CallerSession)
    }

    package let role: Role
    /// The tenant that the request works in; for the operator, its own or the one it named.
    package let tenantID: TenantID?
    /// A credential came that is unknown, expired, revoked, or not for the header it came in.
    package let badCredential: Bool
    /// A known caller whose request cannot be served at all.
    let refusal: AccessError?
    /// What the caller's key may be used for.
    package let restriction: KeyRestriction
    /// When a restricted key ends; what it makes ends then, too. Nil for never.
    let keyExpiresAt: Timestamp?

    package static let nobody = Caller(role: .nobody)
    package static let badCredential = Caller(role: .nobody, badCredential: true)

    package init(
        role: Role, tenantID: TenantID? = nil, badCredential: Bool = false,
        refusal: AccessError? = nil, restriction: KeyRestriction = .none,
        keyExpiresAt: Timestamp? = nil
    ) {
        self.role = role
        self.tenantID = tenantID
        self.badCredential = badCredential
        self.refusal = refusal
        self.restriction = restriction
        self.keyExpiresAt = keyExpiresAt
    }

    /// Whether a valid credential came.
    package var isKnown: Bool {
        if case .nobody = role { false } else { true }
    }

    package var isOperator: Bool {
        if case .operator = role { true } else { false }
    }

    /// The key that the caller is known by; nil for the operator, whose key has no id.
    package var keyID: ApiKeyID? {
        switch role {
        case .nobody, .operator: nil
        case .tenant(let key): key
        case .session(let session): session.apiKeyID
        }
    }

    package var session: CallerSession? {
        if case .session(let session) = role { session } else { nil }
    }

    /// Whether the caller may know of this payment pointer of its tenant: a session knows its own.
    package func mayAccess(_ paymentPointer: PaymentPointerID) -> Bool {
        guard let session else { return isKnown }
        return session.paymentPointerID == paymentPointer
    }

    package var roleName: String {
        switch role {
        case .nobody: "NOBODY"
        case .operator: "OPERATOR"
        case .tenant: "TENANT"
        case .session: "SESSION"
        }
    }
}

/// The session behind a request.
package struct CallerSession: Sendable {
    package let id: SessionID
    package let paymentPointerID: PaymentPointerID
    package let apiKeyID: ApiKeyID
    package let expiresAt: Timestamp
}
