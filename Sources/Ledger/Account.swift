package import Foundation

/// What a liquidity account belongs to. Every asset has a settlement account besides, the other
/// side of deposits and withdrawals, which callers never name.
package enum AccountKind: String, Sendable {
    case asset
    /// What an asset has earned.
    case fee
    case peer
    case paymentPointer = "payment_pointer"
    case incomingPayment = "incoming_payment"
    case outgoingPayment = "outgoing_payment"
    /// What the tenant owes another tenant of the server.
    case payable
    /// What another tenant of the server owes it, up to a limit. Its normal side is the debit.
    case receivable
}

/// An account that is to be there.
package struct NewAccount: Sendable {
    package let id: UUID
    package let asset: UUID
    package let kind: AccountKind

    package init(id: UUID, asset: UUID, kind: AccountKind) {
        self.id = id
        self.asset = asset
        self.kind = kind
    }
}

/// What stands open between two tenants, on the account of one of them.
package struct OpenPosition: Sendable, Equatable {
    /// In the asset's smallest unit.
    package let amount: UInt64
    /// How much may stand open at most; of receivable accounts alone.
    package let limit: UInt64?
}

/// The totals of one account. Amounts are in the asset's smallest unit.
package struct Balance: Sendable, Equatable {
    package let accountID: UUID
    package let kind: AccountKind
    package let assetID: UUID
    /// What can be paid out now: posted credits less posted and pending debits.
    package let available: UInt64
    /// All that has ever come in, as decimal digits: turnover may pass 2^64-1.
    package let totalReceived: String
    /// All that has ever gone out, as decimal digits.
    package let totalSent: String
}
