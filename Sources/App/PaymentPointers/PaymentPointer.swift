package import Postgres

/// An account holder's public address, in one asset.
package struct PaymentPointer: Sendable {
    package let id: PaymentPointerID
    package let tenantID: TenantID
    package let asset: Asset
    /// As it was given.
    package let url: String
    package let publicName: String?
    /// Whether it takes and makes new payments.
    package let isActive: Bool
    package let createdAt: Timestamp
}

package typealias PaymentPointerID = ID<PaymentPointer>

extension PaymentPointer: PageNode {
    package var cursor: String { id.description }
}

/// What changes of a payment pointer; nil for what stays.
struct PaymentPointerChange: Sendable {
    /// Nil inside: the name goes.
    let publicName: String??
    let isActive: Bool?

    /// - Throws: `InvalidInput` for a name that cannot be.
    init(publicName: String??, isActive: Bool?) throws {
        if let name = publicName ?? nil {
            try InvalidInput.check(name, "publicName", length: 0...255)
        }
        self.publicName = publicName
        self.isActive = isActive
    }
}

/// Which payment pointers a list has; nil for any.
struct PaymentPointerFilter: Sendable {
    let assetCode: String?
    let assetScale: Int?
    let isActive: Bool?
    /// What the normalised URL begins with.
    let urlPrefix: String?

    /// - Throws: `InvalidInput` for a text that no payment pointer could have.
    init(assetCode: String?, assetScale: Int?, isActive: Bool?, urlPrefix: String?) throws {
        if let assetCode { try InvalidInput.check(assetCode, "filter.assetCode") }
        if let urlPrefix {
            try InvalidInput.check(
                urlPrefix, "filter.urlPrefix", length: 1...PaymentPointerURL.maximumBytes)
        }
        self.assetCode = assetCode
        self.assetScale = assetScale
        self.isActive = isActive
        self.urlPrefix = urlPrefix.map(PaymentPointerURL.normalizedPrefix)
    }
}

/// What a list of payment pointers is sorted by.
enum PaymentPointerOrderField: String, Sendable {
    case createdAt = "CREATED_AT"
    case url = "URL"
}

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
