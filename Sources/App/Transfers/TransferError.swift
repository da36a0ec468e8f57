/// What can be wrong with a transfer between two accounts.
package enum TransferError: DomainError {
    case sameAccounts
    case invalidSourceAmount
    case invalidDestinationAmount
    case missingDestinationAmount
    case invalidTimeout
    case invalidId
    case unknownSourceAccount
    case unknownDestinationAccount
    case nothingToMove
    case transferExists
    case insufficientBalance
    case insufficientLiquidity
    case balanceTooLarge
    case tenantDisabled
    case notFound
    case accountNotFound
    case invalidTime

    package var code: String {
        switch self {
        case .sameAccounts, .invalidSourceAmount, .invalidDestinationAmount,
            .missingDestinationAmount, .invalidTimeout, .invalidId, .nothingToMove,
            .balanceTooLarge, .invalidTime:
            "400"
        case .insufficientBalance, .insufficientLiquidity, .tenantDisabled: "403"
        case .unknownSourceAccount, .unknownDestinationAccount, .notFound, .accountNotFound:
            "404"
        case .transferExists: "409"
        }
    }

    package var message: String {
        switch self {
        case .sameAccounts: "Source and destination are the same account"
        case .invalidSourceAmount: "Source amount is zero"
        case .invalidDestinationAmount: "Destination amount is zero"
        case .missingDestinationAmount:
            "The accounts are in different assets: give destinationAmount too"
        case .invalidTimeout: "timeoutSeconds must be 1 to 2147483647, with twoPhase: true"
        case .invalidId: "Invalid id"
        case .unknownSourceAccount: "Unknown source account"
        case .unknownDestinationAccount: "Unknown destination account"
        case .nothingToMove:
            "Nothing moves between the liquidity of two assets: withdraw from one and deposit to "
                + "the other"
        case .transferExists: "Transfer exists"
        case .insufficientBalance: "Insufficient balance"
        case .insufficientLiquidity: "Insufficient liquidity of the destination's asset"
        case .balanceTooLarge: "Balance would exceed 18446744073709551615"
        case .tenantDisabled: "The tenant is disabled"
        case .notFound: "No transfer"
        case .accountNotFound: "No account"
        case .invalidTime: "at must be a time in ISO 8601 with a zone, 2030-01-31T12:00:00Z"
        }
    }
}
