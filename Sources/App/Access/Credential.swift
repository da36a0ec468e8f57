package import Postgres

/// An API key as lists show it: never the secret.
package struct ApiKey: Sendable {
    package let id: ApiKeyID
    package let tenantID: TenantID
    /// Nil for a key of the tenant's own.
    package let paymentPointerID: PaymentPointerID?
    package let prefix: String
    package let createdAt: Timestamp
    package let updatedAt: Timestamp
    package let expiresAt: Timestamp?
    package let lastUsedAt: Timestamp?
    package let restriction: KeyRestriction
}

extension ApiKey: PageNode {
    package var cursor: String { id.description }
}

/// A key of the tenant's own, on a page of such keys.
struct TenantKey: Sendable {
    let key: ApiKey
}

extension TenantKey: PageNode {
    var cursor: String { key.cursor }
}

/// An API key and its secret, at the one time that the secret is shown.
struct NewApiKey: Sendable {
    let key: ApiKey
    let secret: Secret
}

/// A session and its key, as redeeming and refreshing show it.
struct IssuedSession: Sendable {
    let key: String
    let expiresAt: Timestamp
}

/// The holder of a valid secret.
struct Credential: Sendable {
    let tenantID: TenantID
    let apiKeyID: ApiKeyID
    /// Nil for a tenant's key.
    let paymentPointerID: PaymentPointerID?
    /// Set for a session's key.
    let session: CallerSession?
    /// When the key, or the session, ends.
    let expiresAt: Timestamp?
    let restriction: KeyRestriction
    /// Whether the key's last use is old enough to be written again.
    let isUseDue: Bool
}

package typealias ApiKeyID = ID<ApiKey>
package typealias SessionID = ID<CallerSession>
