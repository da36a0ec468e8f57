import Logging

/// The states of payments, for those who follow one.
struct PaymentFeeds: Sendable {
    let incoming: ChangeFeed<IncomingPayment>
    let outgoing: ChangeFeed<OutgoingPayment>

    init(database: Database, logger: Logger) {
        let incomingPayments = IncomingPaymentRepository(database: database)
        let outgoingPayments = OutgoingPaymentRepository(database: database)
        incoming = ChangeFeed(
            logger: logger,
            version: { "\($0.state.rawValue) \($0.receivedAmount.value) \($0.updatedAt.text)" },
            isFinal: { !$0.state.isOpen },
            read: { try await incomingPayments.find($0, tenant: $1) })
        outgoing = ChangeFeed(
            logger: logger,
            version: { "\($0.state.rawValue) \($0.stateAttempts) \($0.updatedAt.text)" },
            isFinal: { $0.state == .completed || $0.state == .failed },
            read: { try await outgoingPayments.find($0, tenant: $1) })
    }

    func wake(_ tenant: TenantID) {
        incoming.wake(tenant)
        outgoing.wake(tenant)
    }
}
