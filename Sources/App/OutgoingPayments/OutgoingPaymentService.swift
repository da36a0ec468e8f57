import Foundation
import Postgres

/// Payments that payment pointers make. A session knows its own payment pointer's alone.
struct OutgoingPaymentService: Sendable {
    /// What a caller asks for.
    struct Request: Sendable {
        let paymentPointerID: String
        let quoteID: String
        let details: PaymentDetails
    }

    let database: Database
    let repository: OutgoingPaymentRepository
    let quotes: QuoteRepository
    let paymentPointers: PaymentPointerRepository
    let payees: PayeeFinder
    /// How long a payment waits for its money.
    let fundingSeconds: Int
    let outbox: WebhookOutbox

    /// - Throws: `PaymentError`, as checked in this order: the quote, the payment pointer, whether
    ///   they belong together, whether the quote can still be used, and its receiver still be paid.
    func create(_ request: Request, in context: RequestContext) async throws -> OutgoingPayment {
        let tenant = try context.tenantID()
        guard let quoteID = QuoteID(request.quoteID),
            let usable = try await quotes.findForPayment(quoteID, tenant: tenant),
            context.caller.mayAccess(usable.quote.paymentPointerID)
        else { throw PaymentError.unknownQuote }
        let (quote, moment) = (usable.quote, usable.moment)
        guard let pointer = PaymentPointerID(request.paymentPointerID),
            context.caller.mayAccess(pointer)
        else { throw PaymentError.unknownPaymentPointer }
        guard pointer == quote.paymentPointerID else {
            guard try await paymentPointers.find(pointer, tenant: tenant) != nil else {
                throw PaymentError.unknownPaymentPointer
            }
            throw PaymentError.invalidQuote
        }
        guard !usable.isUsed, quote.expiresAt > moment, try await receives(usable) else {
            throw PaymentError.invalidQuote
        }
        let payment = OutgoingPayment(
            id: OutgoingPaymentID(quote.id.uuid), quote: quote, state: .funding, error: nil,
            stateAttempts: 0, sentAmount: 0, details: request.details, createdAt: moment,
            updatedAt: moment)
        try await repository.insert(payment, fundingSeconds: fundingSeconds)
        database.afterCommit { outbox.wake(tenant) }
        return payment
    }

    private func receives(_ usable: QuoteRepository.Usable) async throws -> Bool {
        if let isOpen = usable.receiverIsOpen { return isOpen }
        return try await payees.find(
            usable.quote.receiver, payer: usable.quote.tenantID) != nil
    }

    /// Ends a payment that waits for its money.
    func cancel(_ id: String, in context: RequestContext) async throws -> OutgoingPayment {
        let tenant = try context.tenantID()
        guard let id = OutgoingPaymentID(id) else { throw PaymentError.unknownPayment }
        try await database.transaction(as: tenant) { transaction in
            let locked = try await repository.lock([id.uuid], tenant: tenant, in: transaction)
            guard let (payment, moment) = locked.first,
                context.caller.mayAccess(payment.paymentPointerID)
            else { throw PaymentError.unknownPayment }
            guard payment.state == .funding else { throw PaymentError.wrongState }
            let change = OutgoingPaymentChange(
                payment: payment, state: .failed, error: .cancelled, moment: moment)
            try await transaction.pipeline([
                OutgoingPaymentRepository.update([change], tenant: tenant),
                WebhookEventRepository.insert(
                    [change.event].compactMap(\.self), tenant: tenant),
                WorkRepository.finish(.outgoingPayment, [id.uuid]),
            ])
        }
        database.afterCommit { outbox.wake(tenant) }
        guard let payment = try await repository.find(id, tenant: tenant) else {
            throw PaymentError.unknownPayment
        }
        return payment
    }

    /// - Throws: `PaymentError.paymentNotFound`.
    func find(_ id: String, in context: RequestContext) async throws -> OutgoingPayment {
        guard let id = OutgoingPaymentID(id),
            let payment = try await repository.find(id, tenant: try context.tenantID()),
            context.caller.mayAccess(payment.paymentPointerID)
        else { throw PaymentError.paymentNotFound }
        return payment
    }

    func pages(
        of pointers: [PaymentPointerID], _ request: PageRequest, in context: RequestContext
    ) async throws -> [Page<OutgoingPayment>] {
        try await repository.pages(of: pointers, request, tenant: try context.tenantID())
    }

    func page(
        _ request: PageRequest, _ filter: PaymentFilter, isDescending: Bool,
        in context: RequestContext
    ) async throws -> Page<OutgoingPayment> {
        try await repository.page(
            request, filter, isDescending: isDescending, tenant: try context.tenantID())
    }
}
