/// What can be wrong with an operation on payments and quotes.
package enum PaymentError: DomainError {
    case invalidAmount
    case invalidExpiresAt
    case invalidReceiver
    case invalidQuote
    case inactivePaymentPointer
    case unknownPaymentPointer
    case unknownQuote
    case unknownPayment
    case wrongState
    /// The quote callback refused.
    case refused
    case quoteNotFound
    case paymentNotFound

    package var code: String {
        switch self {
        case .invalidAmount, .invalidExpiresAt, .invalidReceiver, .invalidQuote: "400"
        case .refused: "403"
        case .unknownPaymentPointer, .unknownQuote, .unknownPayment, .quoteNotFound,
            .paymentNotFound:
            "404"
        case .inactivePaymentPointer, .wrongState: "409"
        }
    }

    package var message: String {
        switch self {
        case .invalidAmount: "invalid amount"
        case .invalidExpiresAt: "invalid expiresAt"
        case .invalidReceiver: "invalid receiver"
        case .invalidQuote: "invalid quote"
        case .inactivePaymentPointer: "payment pointer is not active"
        case .unknownPaymentPointer: "unknown payment pointer"
        case .unknownQuote: "unknown quote"
        case .unknownPayment: "unknown payment"
        case .wrongState: "wrong state"
        case .refused: "the quote was refused by the operator's quote service"
        case .quoteNotFound: "quote does not exist"
        case .paymentNotFound: "payment does not exist"
        }
    }
}
