/// Why a caller is refused.
package enum AccessError: DomainError {
    case unauthenticated
    case badCredential
    case administratorsOnly
    case operatorOnly
    case foreignTenant
    case readOnlyKey(field: String)
    case restrictedKey(field: String)
    case strongerKey
    case unknownTenant
    case tooManyBadKeys

    package var code: String {
        switch self {
        case .unauthenticated, .badCredential: "401"
        case .administratorsOnly, .operatorOnly, .foreignTenant, .readOnlyKey, .restrictedKey,
            .strongerKey:
            "403"
        case .unknownTenant: "404"
        case .tooManyBadKeys: "429"
        }
    }

    package var message: String {
        switch self {
        case .unauthenticated:
            "Unauthenticated: send a tenant's or the operator's key as x-api-key, "
                + "or a session key as Authorization: Bearer"
        case .badCredential:
            "Unauthenticated: the key is unknown, expired or revoked, or is not for this header "
                + "(API keys go in x-api-key, session keys in Authorization: Bearer)"
        case .administratorsOnly:
            "Forbidden: this needs a tenant's or the operator's key, not a session"
        case .operatorOnly: "Forbidden: this needs the operator's key"
        case .foreignTenant: "Forbidden: x-tenant-id names another tenant than the key's"
        case .readOnlyKey(let field): "Forbidden: this key is read-only, and \(field) is a mutation"
        case .restrictedKey(let field): "Forbidden: this key may not be used for \(field)"
        case .strongerKey:
            "Forbidden: a key cannot make one that may do more, or lives longer, than itself"
        case .unknownTenant: "Unknown tenant: x-tenant-id names no tenant in use"
        case .tooManyBadKeys: "Too many wrong keys from this address: try again in a minute"
        }
    }
}
