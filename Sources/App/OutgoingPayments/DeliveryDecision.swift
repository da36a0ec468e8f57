import Postgres

/// What is to be done with a payment whose money is there.
enum DeliveryDecision: Sendable {
    case send
    /// The receiver takes nothing more: the payment is done as it stands, and its money stays where
    /// it is.
    case finish
    case fail(PaymentFailure)
    /// It may go better later.
    case retry(PaymentFailure)

    /// - Parameter receiver: nil if it is not there any more.
    init(_ payment: OutgoingPayment, to receiver: IncomingPayment?, at moment: Timestamp) {
        guard let receiver else {
            self = .finish
            return
        }
        // What arrives in all is an amount too.
        let lacking = receiver.lacking ?? .max - receiver.receivedAmount.value
        if lacking == 0 {
            self = .fail(.receiverFull)
        } else if !receiver.isOpen(at: moment) {
            self = .finish
        } else if payment.quote.receiveAmount.value > lacking {
            self = .fail(.receiverFull)
        } else {
            self = .send
        }
    }
}

extension OutgoingPayment {
    /// How often sending is tried.
    static let maximumAttempts = 5

    /// What becomes of the payment by a decision that moves no money.
    func change(_ decision: DeliveryDecision, at moment: Timestamp) -> OutgoingPaymentChange {
        let balance = quote.sendAmount.value
        switch decision {
        case .send:
            return OutgoingPaymentChange(
                payment: self, state: .completed, sent: balance, moment: moment)
        case .finish:
            return OutgoingPaymentChange(
                payment: self, state: .completed, balance: balance, moment: moment)
        case .retry where stateAttempts + 1 < Self.maximumAttempts:
            return OutgoingPaymentChange(
                payment: self, state: .sending, attempts: stateAttempts + 1, moment: moment)
        case .fail(let failure), .retry(let failure):
            return OutgoingPaymentChange(
                payment: self, state: .failed, error: failure, balance: balance, moment: moment)
        }
    }
}

extension IncomingPayment {
    /// What becomes of the payment when so much arrives, on top of `received` so far.
    func change(received: UInt64, at moment: Timestamp) -> IncomingPaymentChange {
        let isComplete = incomingAmount.map { received >= $0.value } ?? false
        return IncomingPaymentChange(
            payment: self, state: isComplete ? .completed : .processing, received: received,
            moment: moment)
    }
}
