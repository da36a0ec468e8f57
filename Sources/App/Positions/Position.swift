package import Postgres

/// What stands open between two tenants in an asset, as one of them has it.
package struct Position: Sendable {
    package enum Side: String, Sendable {
        /// The tenant owes the other.
        case payable = "PAYABLE"
        /// The other owes the tenant.
        case receivable = "RECEIVABLE"
    }

    package let id: PositionID
    package let side: Side
    package let counterpartyID: TenantID
    package let asset: Asset
    /// How much may stand open, as the receiving tenant has set it; in the asset's smallest unit.
    package let limit: UInt64
    package let createdAt: Timestamp
}

package typealias PositionID = ID<Position>

extension Position: PageNode {
    package var cursor: String { id.description }
}

/// Which positions a list has; nil for any.
struct PositionFilter: Sendable {
    let side: String?
    let counterparty: TenantID?
    let asset: AssetID?

    /// - Parameters: ids that are no UUIDs match nothing, as unknown ones.
    init(side: String?, counterparty: String?, asset: String?) {
        self.side = side
        self.counterparty = counterparty.map { TenantID($0) ?? TenantID(UUIDv7.none) }
        self.asset = asset.map { AssetID($0) ?? AssetID(UUIDv7.none) }
    }
}

/// What can be wrong with an operation on positions.
enum PositionError: DomainError {
    case unknownTenant
    case ownTenant
    case unknownAsset
    case notFound

    var code: String {
        switch self {
        case .unknownTenant, .unknownAsset, .notFound: "404"
        case .ownTenant: "400"
        }
    }

    var message: String {
        switch self {
        case .unknownTenant: "Unknown tenant"
        case .ownTenant: "A tenant has no position with itself: name another tenant"
        case .unknownAsset: "Unknown asset"
        case .notFound: "No position"
        }
    }
}
