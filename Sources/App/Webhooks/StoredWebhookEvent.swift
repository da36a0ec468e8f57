package import Postgres

/// An event as it is stored, with how far its delivery has come.
package struct StoredWebhookEvent: Sendable {
    package enum State: String, Sendable, CaseIterable {
        case pending = "PENDING"
        case delivered = "DELIVERED"
        case failed = "FAILED"
    }

    package let id: WebhookEventID
    package let type: String
    package let subject: String
    package let paymentPointer: PaymentPointerID?
    /// Canonical JSON.
    package let data: String
    package let withdrawal: WebhookEvent.Withdrawal?
    package let state: State
    package let attempts: Int
    package let statusCode: Int?
    package let failure: String?
    package let nextAttemptAt: Timestamp?
    package let createdAt: Timestamp
    package let updatedAt: Timestamp

    /// What is sent, as canonical JSON.
    package var body: String {
        #"{"data":\#(data),"id":"\#(id)","type":"\#(type)"}"#
    }
}

extension StoredWebhookEvent: PageNode {
    package var cursor: String { id.description }
}

/// Which events a list has; nil does not matter.
struct WebhookEventFilter: Sendable {
    let type: String?
    let state: StoredWebhookEvent.State?
    /// An id of a wrong form is nobody's, as is an unknown one.
    let subject: String?
    let paymentPointer: String?

    /// Whether the filter names something that cannot be.
    var isImpossible: Bool {
        subject.map { WebhookEventID($0) == nil } == true
            || paymentPointer.map { PaymentPointerID($0) == nil } == true
    }
}

enum WebhookEventOrderField: String, Sendable {
    case createdAt = "CREATED_AT"
}
