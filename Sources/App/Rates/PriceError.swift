/// Why there is no rate between two assets.
package enum PriceError: DomainError {
    /// Nobody says what this currency is worth.
    case unknown(code: String)
    /// The operator's prices cannot be fetched.
    case unavailable
    /// The prices of the tenant's own URL cannot be fetched.
    case tenantUnavailable(reason: String)

    package var code: String {
        switch self {
        case .unknown: "400"
        case .unavailable, .tenantUnavailable: "503"
        }
    }

    package var message: String {
        switch self {
        case .unknown(let code): "no price for \(code)"
        case .unavailable: "prices are unavailable, try again"
        case .tenantUnavailable(let reason):
            "prices are unavailable: \(reason); mend what the tenant's pricesUrl answers, "
                + "or change it with setPricesUrl, and try again"
        }
    }
}
