package import Postgres

/// A currency of a tenant. Amounts are integers in its smallest unit, 10^-scale of the currency.
package struct Asset: Sendable {
    package let id: AssetID
    package let tenantID: TenantID
    package let code: String
    /// 0 to 255.
    package let scale: Int
    /// The amount a payment pointer must have received before an event tells of it; nil for never
    /// by amount alone.
    package let withdrawalThreshold: UInt64?
    /// What a payment that sends the asset is charged.
    package let fee: Fee
    package let createdAt: Timestamp
}

package typealias AssetID = ID<Asset>

extension Asset: PageNode {
    package var cursor: String { id.description }
}

/// An asset as callers name it.
package struct AssetName: Sendable, Equatable {
    package let code: String
    package let scale: Int

    /// - Throws: `AssetError.invalidCode` unless the code has 1 to 255 printable characters without
    ///   spaces, `AssetError.invalidScale` unless the scale is 0 to 255.
    package init(code: String, scale: Int) throws {
        let scalars = code.unicodeScalars
        guard (1...255).contains(scalars.count), scalars.allSatisfy(Self.isPrintable) else {
            throw AssetError.invalidCode
        }
        guard (0...255).contains(scale) else { throw AssetError.invalidScale }
        self.code = code
        self.scale = scale
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator,
            .lineSeparator, .paragraphSeparator:
            false
        default: true
        }
    }
}

/// Which assets a list has; nil for any.
struct AssetFilter: Sendable {
    let code: String?
    let scale: Int?

    /// - Throws: `InvalidInput` for a code that no asset could have.
    init(code: String?, scale: Int?) throws {
        if let code { try InvalidInput.check(code, "filter.code") }
        self.code = code
        self.scale = scale
    }
}

/// What a list of assets is sorted by.
enum AssetOrderField: String, Sendable {
    case createdAt = "CREATED_AT"
    case code = "CODE"
}

/// What can be wrong with an operation on assets.
package enum AssetError: DomainError {
    case alreadyExists
    case unknown
    case notFound
    case invalidCode
    case invalidScale
    case invalidFee

    package var code: String {
        switch self {
        case .alreadyExists: "409"
        case .unknown, .notFound: "404"
        case .invalidCode, .invalidScale, .invalidFee: "400"
        }
    }

    package var message: String {
        switch self {
        case .alreadyExists: "Asset already exists"
        case .unknown: "Unknown asset"
        case .notFound: "No asset"
        case .invalidCode: "Invalid asset code: use 1 to 255 printable characters without spaces"
        case .invalidScale: "Invalid asset scale: use 0 to 255"
        case .invalidFee: "Invalid fee: use 0 to 10000 basis points"
        }
    }
}
