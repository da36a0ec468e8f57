import Foundation
package import Postgres

/// A payment that a payment pointer makes. Its id is that of its quote.
package struct OutgoingPayment: Sendable {
    package enum State: String, Sendable {
        /// It waits for its money.
        case funding = "FUNDING"
        /// Its money is there.
        case sending = "SENDING"
        case completed = "COMPLETED"
        /// It is given up.
        case failed = "FAILED"
    }

    package let id: OutgoingPaymentID
    package let quote: Quote
    package let state: State
    /// Why it failed.
    package let error: String?
    /// How often sending has failed since it was last begun.
    package let stateAttempts: Int
    /// In the smallest unit of the asset that is sent, the fee included.
    package let sentAmount: UInt64
    package let details: PaymentDetails
    package let createdAt: Timestamp
    package let updatedAt: Timestamp

    package var tenantID: TenantID { quote.tenantID }
    package var paymentPointerID: PaymentPointerID { quote.paymentPointerID }
}

package typealias OutgoingPaymentID = ID<OutgoingPayment>

extension OutgoingPayment: PageNode {
    package var cursor: String { id.description }
}

/// Why a payment failed, as it is shown.
enum PaymentFailure: String, Sendable {
    /// Its money did not come in time.
    case fundingExpired = "FundingExpired"
    /// It was cancelled while it waited for its money.
    case cancelled = "Cancelled"
    /// Another payment was faster, and the receiver takes no more than it expects.
    case receiverFull = "ReceiverFull"
    /// The liquidity of the asset that is delivered did not suffice.
    case insufficientLiquidity = "InsufficientLiquidity"
    /// The receiving tenant trusts this one no further.
    case positionLimit = "PositionLimit"
    /// An account would have held more than 2^64-1.
    case balanceTooLarge = "BalanceTooLarge"
    /// A tenant that takes part is disabled, or has no account for it any more.
    case unavailable = "Unavailable"
}

/// A change of an outgoing payment, at a moment.
struct OutgoingPaymentChange: Sendable {
    let payment: OutgoingPayment
    let state: OutgoingPayment.State
    var error: PaymentFailure?
    var attempts = 0
    var sent: UInt64 = 0
    /// What is left on its account, in the smallest unit.
    var balance: UInt64 = 0
    let moment: Timestamp

    /// What the tenant is told, of a payment that was made or has ended.
    var event: WebhookEvent? {
        let kind: WebhookEvent.Kind
        switch state {
        case .funding: kind = .outgoingPaymentCreated
        case .sending: return nil
        case .completed: kind = .outgoingPaymentCompleted
        case .failed: kind = .outgoingPaymentFailed
        }
        return WebhookEvent(
            id: .next(), kind: kind, subject: payment.id.uuid,
            paymentPointer: payment.paymentPointerID, data: ["payment": .object(members)],
            withdrawal: balance == 0
                ? nil
                : WebhookEvent.Withdrawal(
                    account: payment.id.uuid, asset: payment.quote.assetID, amount: balance))
    }

    private var members: [String: CanonicalJSON] {
        let quote = payment.quote
        var members: [String: CanonicalJSON] = [
            "id": .string(payment.id.description),
            "paymentPointerId": .string(payment.paymentPointerID.description),
            "state": .string(state.rawValue), "receiver": .string(quote.receiver),
            "sendAmount": quote.sendAmount.json, "receiveAmount": quote.receiveAmount.json,
            "sentAmount": quote.sendAmount.with(sent).json, "stateAttempts": .integer(0),
            "createdAt": .string(payment.createdAt.text), "updatedAt": .string(moment.text),
            "balance": .string(String(balance)),
        ]
        if let error { members["error"] = .string(error.rawValue) }
        return members.merging(payment.details.json) { member, _ in member }
    }
}
