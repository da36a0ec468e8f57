import Foundation
package import Postgres

/// Money that a payment pointer expects.
package struct IncomingPayment: Sendable {
    package enum State: String, Sendable {
        /// Nothing has arrived.
        case pending = "PENDING"
        /// Something has arrived, and more may.
        case processing = "PROCESSING"
        /// All has arrived, or the receiver wants no more.
        case completed = "COMPLETED"
        /// Its time has passed, or it was cancelled.
        case expired = "EXPIRED"

        /// Whether money may still arrive.
        package var isOpen: Bool { self == .pending || self == .processing }
    }

    package let id: IncomingPaymentID
    package let tenantID: TenantID
    package let paymentPointerID: PaymentPointerID
    package let assetID: AssetID
    package let state: State
    /// Nil for any amount.
    package let incomingAmount: Amount?
    package let receivedAmount: Amount
    package let details: PaymentDetails
    package let expiresAt: Timestamp
    package let createdAt: Timestamp
    package let updatedAt: Timestamp

    /// What is still lacking, in the smallest unit; nil if there is no limit.
    package var lacking: UInt64? {
        incomingAmount.map { $0.value - min($0.value, receivedAmount.value) }
    }

    /// Whether money may arrive at this moment.
    func isOpen(at moment: Timestamp) -> Bool {
        state.isOpen && expiresAt > moment
    }
}

package typealias IncomingPaymentID = ID<IncomingPayment>

extension IncomingPayment: PageNode {
    package var cursor: String { id.description }
}

/// A change of an incoming payment, at a moment.
struct IncomingPaymentChange: Sendable {
    let payment: IncomingPayment
    let state: IncomingPayment.State
    /// All that has arrived, in the smallest unit.
    let received: UInt64
    let moment: Timestamp

    /// What the tenant is told; nil as long as the payment is open, and when it ends without money.
    var event: WebhookEvent? {
        guard !state.isOpen, received > 0 else { return nil }
        let isCompleted = state == .completed
        var members: [String: CanonicalJSON] = [
            "id": .string(payment.id.description),
            "paymentPointerId": .string(payment.paymentPointerID.description),
            "createdAt": .string(payment.createdAt.text), "updatedAt": .string(moment.text),
            "expiresAt": .string(payment.expiresAt.text),
            "receivedAmount": payment.receivedAmount.with(received).json,
            "completed": .bool(isCompleted),
        ]
        if let incoming = payment.incomingAmount { members["incomingAmount"] = incoming.json }
        members.merge(payment.details.json) { member, _ in member }
        return WebhookEvent(
            id: .next(), kind: isCompleted ? .incomingPaymentCompleted : .incomingPaymentExpired,
            subject: payment.id.uuid, paymentPointer: payment.paymentPointerID,
            data: ["incomingPayment": .object(members)],
            withdrawal: WebhookEvent.Withdrawal(
                account: payment.id.uuid, asset: payment.assetID, amount: received))
    }
}
