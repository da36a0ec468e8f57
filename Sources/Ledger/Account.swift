package import Foundation

/// What a liquidity account belongs to. Every asset has a settlement account besides, the other
/// side of deposits and withdrawals, which callers never name.
package enum AccountKind: String, Sendable {
    case asset
    case peer
    case paymentPointer = "payment_pointer"
    case incomingPayment = "incoming_payment"
    case outgoingPayment = "outgoing_payment"
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
