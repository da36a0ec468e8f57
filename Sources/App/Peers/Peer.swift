package import Postgres

/// Another node of the network that a tenant exchanges packets with, in one asset.
package struct Peer: Sendable {
    package let id: PeerID
    package let tenantID: TenantID
    package let asset: Asset
    package let staticILPAddress: String
    /// The largest packet exchanged with the peer; nil for no limit.
    package let maxPacketAmount: UInt64?
    package let outgoing: OutgoingHTTP
    package let createdAt: Timestamp
}

package typealias PeerID = ID<Peer>

extension Peer: PageNode {
    package var cursor: String { id.description }
}

/// A peer to be made, as a caller describes it.
struct NewPeer: Sendable {
    let asset: AssetName
    let address: ILPAddress
    let maxPacketAmount: UInt64?
    let http: PeerHTTP
}

/// What changes of a peer; nil leaves things as they are.
struct PeerChange: Sendable {
    let address: ILPAddress?
    /// `.some(nil)` removes the limit.
    let maxPacketAmount: UInt64??
    let http: PeerHTTP?
}

/// Which peers a list has; nil for any.
struct PeerFilter: Sendable {
    let assetCode: String?
    let assetScale: Int?
    /// What the static ILP address begins with.
    let addressPrefix: String?

    /// - Throws: `InvalidInput` for a text that no peer could have.
    init(assetCode: String?, assetScale: Int?, addressPrefix: String?) throws {
        if let assetCode { try InvalidInput.check(assetCode, "filter.assetCode") }
        if let addressPrefix {
            try InvalidInput.check(
                addressPrefix, "filter.staticIlpAddressPrefix",
                length: 1...ILPAddress.maximumLength)
        }
        self.assetCode = assetCode
        self.assetScale = assetScale
        self.addressPrefix = addressPrefix
    }
}

/// What a list of peers is sorted by.
enum PeerOrderField: String, Sendable {
    case createdAt = "CREATED_AT"
    case staticILPAddress = "STATIC_ILP_ADDRESS"
}

/// What can be wrong with an operation on peers.
package enum PeerError: DomainError {
    case invalidAddress
    case zeroMaxPacketAmount
    case incomingTokenExists
    case holdsLiquidity
    case unknown
    case notFound

    package var code: String {
        switch self {
        case .invalidAddress, .zeroMaxPacketAmount: "400"
        case .incomingTokenExists, .holdsLiquidity: "409"
        case .unknown, .notFound: "404"
        }
    }

    package var message: String {
        switch self {
        case .invalidAddress: "Invalid ILP address"
        case .zeroMaxPacketAmount: "maxPacketAmount must be 1 or more, or null for no limit"
        case .incomingTokenExists: "Incoming token already exists"
        case .holdsLiquidity:
            "The peer holds liquidity or has a pending withdrawal: withdraw its liquidity and "
                + "finalize or roll back its withdrawals first"
        case .unknown: "Unknown peer"
        case .notFound: "No peer"
        }
    }
}
