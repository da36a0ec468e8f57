package import Foundation

/// Something that happened to a payment or payment pointer, as it is told to the tenant.
package struct WebhookEvent: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case incomingPaymentCompleted = "incoming_payment.completed"
        case incomingPaymentExpired = "incoming_payment.expired"
        case outgoingPaymentCreated = "outgoing_payment.created"
        case outgoingPaymentCompleted = "outgoing_payment.completed"
        case outgoingPaymentFailed = "outgoing_payment.failed"
        case webMonetization = "payment_pointer.web_monetization"
        /// Sent on request, to try out a receiver.
        case test = "webhook.test"
    }

    /// Money on the account of what the event is about, which `withdrawEventLiquidity` pays out.
    package struct Withdrawal: Sendable, Equatable {
        package let account: UUID
        package let asset: AssetID
        /// In the asset's smallest unit, above 0.
        package let amount: UInt64
    }

    package let id: WebhookEventID
    package let kind: Kind
    /// The payment or payment pointer; events of one are delivered in the order of their ids.
    package let subject: UUID
    /// nil for a test event alone.
    package let paymentPointer: PaymentPointerID?
    package let data: CanonicalJSON
    package let withdrawal: Withdrawal?
}

package typealias WebhookEventID = ID<WebhookEvent>
