package import Postgres

/// An account holder's public address, in one asset.
package struct PaymentPointer: Sendable {
    package let id: PaymentPointerID
    package let tenantID: TenantID
    package let asset: Asset
    /// As it was given.
    package let url: String
    package let publicName: String?
    package let createdAt: Timestamp
}

package typealias PaymentPointerID = ID<PaymentPointer>

/// What can be wrong with an operation on payment pointers.
package enum PaymentPointerError: DomainError {
    case invalidURL
    case alreadyExists
    case unknown
    case notFound

    package var code: String {
        switch self {
        case .invalidURL: "400"
        case .alreadyExists: "409"
        case .unknown, .notFound: "404"
        }
    }

    package var message: String {
        switch self {
        case .invalidURL: "invalid url"
        case .alreadyExists: "Payment pointer already exists"
        case .unknown: "Unknown payment pointer"
        case .notFound: "No payment pointer"
        }
    }
}
