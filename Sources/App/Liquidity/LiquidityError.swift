/// What can be wrong with an operation on liquidity.
package enum LiquidityError: DomainError {
    case alreadyCommitted
    case alreadyRolledBack
    case amountZero
    case balanceTooLarge
    case insufficientBalance
    case invalidId
    case notFunding
    case tenantDisabled
    case transferExists
    case unknownAsset
    case unknownPayment
    case unknownPaymentPointer
    case unknownPeer
    case unknownPosition
    case unknownTransfer

    package var code: String {
        switch self {
        case .amountZero, .balanceTooLarge, .invalidId: "400"
        case .insufficientBalance, .tenantDisabled: "403"
        case .unknownAsset, .unknownPayment, .unknownPaymentPointer, .unknownPeer,
            .unknownPosition, .unknownTransfer:
            "404"
        case .alreadyCommitted, .alreadyRolledBack, .notFunding, .transferExists: "409"
        }
    }

    package var message: String {
        switch self {
        case .alreadyCommitted: "Withdrawal already finalized"
        case .alreadyRolledBack: "Withdrawal already rolled back"
        case .amountZero: "Amount is zero"
        case .balanceTooLarge: "Balance would exceed 18446744073709551615"
        case .insufficientBalance: "Insufficient balance"
        case .invalidId: "Invalid id"
        case .notFunding: "The payment does not wait for money any more"
        case .tenantDisabled: "The tenant is disabled"
        case .transferExists: "Transfer exists"
        case .unknownAsset: "Unknown asset"
        case .unknownPayment: "Unknown outgoing payment"
        case .unknownPaymentPointer: "Unknown payment pointer"
        case .unknownPeer: "Unknown peer"
        case .unknownPosition: "Unknown position"
        case .unknownTransfer: "Unknown withdrawal"
        }
    }

    /// The value of the API's enum `LiquidityError`, where it has one.
    var name: String? {
        switch self {
        case .alreadyCommitted: "AlreadyCommitted"
        case .alreadyRolledBack: "AlreadyRolledBack"
        case .amountZero: "AmountZero"
        case .insufficientBalance: "InsufficientBalance"
        case .invalidId: "InvalidId"
        case .transferExists: "TransferExists"
        case .unknownAsset: "UnknownAsset"
        case .unknownPayment: "UnknownPayment"
        case .unknownPaymentPointer: "UnknownPaymentPointer"
        case .unknownPeer: "UnknownPeer"
        case .unknownTransfer: "UnknownTransfer"
        case .balanceTooLarge, .notFunding, .tenantDisabled, .unknownPosition: nil
        }
    }
}
