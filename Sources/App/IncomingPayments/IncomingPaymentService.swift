import Foundation
import Postgres

/// An incoming payment that is to be made.
struct NewIncomingPayment: Sendable {
    let paymentPointerID: PaymentPointerID
    /// Nil for 90 days from now.
    let expiresAt: Timestamp?
    /// Nil for any amount.
    let incomingAmount: Amount?
    let details: PaymentDetails
}

/// Payments that payment pointers expect. A session knows its own payment pointer's alone.
struct IncomingPaymentService: Sendable {
    /// What a caller asks for.
    struct Request: Sendable {
        let paymentPointerID: String
        /// ISO 8601 with a zone; nil or empty for 90 days from now.
        let expiresAt: String?
        let incomingAmount: Amount?
        let details: PaymentDetails
    }

    let database: Database
    let repository: IncomingPaymentRepository
    let outbox: WebhookOutbox

    /// - Throws: `PaymentError`, as checked in this order: the expiry, an amount of 0, the payment
    ///   pointer, the amount's asset.
    func create(_ request: Request, in context: RequestContext) async throws -> IncomingPayment {
        let expiresAt = try expiry(request.expiresAt)
        guard let pointer = PaymentPointerID(request.paymentPointerID),
            context.caller.mayAccess(pointer)
        else {
            if request.incomingAmount?.value == 0 { throw PaymentError.invalidAmount }
            throw PaymentError.unknownPaymentPointer
        }
        let insertion = try await repository.insert(
            NewIncomingPayment(
                paymentPointerID: pointer, expiresAt: expiresAt,
                incomingAmount: request.incomingAmount, details: request.details),
            tenant: try context.tenantID())
        if let payment = insertion.payment { return payment }
        if insertion.isPast { throw PaymentError.invalidExpiresAt }
        if request.incomingAmount?.value == 0 { throw PaymentError.invalidAmount }
        guard let found = insertion.pointer else { throw PaymentError.unknownPaymentPointer }
        throw found.isActive ? PaymentError.invalidAmount : .inactivePaymentPointer
    }

    /// Ends a payment that is to receive nothing more.
    func complete(_ id: String, in context: RequestContext) async throws -> IncomingPayment {
        try await end(id, as: .completed, in: context)
    }

    /// Ends a payment that nobody wants any more. What has arrived stays, and can be withdrawn.
    func cancel(_ id: String, in context: RequestContext) async throws -> IncomingPayment {
        try await end(id, as: .expired, in: context)
    }

    private func end(
        _ id: String, as state: IncomingPayment.State, in context: RequestContext
    ) async throws -> IncomingPayment {
        let tenant = try context.tenantID()
        guard let id = IncomingPaymentID(id) else { throw PaymentError.unknownPayment }
        try await database.transaction(as: tenant) { transaction in
            let locked = try await repository.lock([id.uuid], tenant: tenant, in: transaction)
            guard let (payment, moment) = locked.first,
                context.caller.mayAccess(payment.paymentPointerID)
            else { throw PaymentError.unknownPayment }
            guard payment.isOpen(at: moment) else { throw PaymentError.wrongState }
            try await apply(
                [
                    IncomingPaymentChange(
                        payment: payment, state: state, received: payment.receivedAmount.value,
                        moment: moment)
                ], tenant: tenant, in: transaction)
        }
        database.afterCommit { outbox.wake(tenant) }
        guard let payment = try await repository.find(id, tenant: tenant) else {
            throw PaymentError.unknownPayment
        }
        return payment
    }

    /// Ends those of the payments whose time has passed.
    func expire(_ ids: [UUID], tenant: TenantID) async throws {
        try await database.transaction(as: tenant) { transaction in
            let locked = try await repository.lock(ids, tenant: tenant, in: transaction)
            let changes = locked.compactMap { payment, moment -> IncomingPaymentChange? in
                guard payment.state.isOpen, payment.expiresAt <= moment else { return nil }
                return IncomingPaymentChange(
                    payment: payment, state: .expired, received: payment.receivedAmount.value,
                    moment: moment)
            }
            try await apply(changes, tenant: tenant, in: transaction)
            // What has ended otherwise needs no looking after either.
            let ended = locked.filter { !$0.payment.state.isOpen }.map(\.payment.id.uuid)
            try await transaction.query(WorkRepository.finish(.incomingPayment, ended))
        }
        database.afterCommit { outbox.wake(tenant) }
    }

    private func apply(
        _ changes: [IncomingPaymentChange], tenant: TenantID, in transaction: Transaction
    ) async throws {
        var statements = IncomingPaymentRepository.apply(changes, tenant: tenant)
        let events = changes.compactMap(\.event)
        if !events.isEmpty {
            statements.append(WebhookEventRepository.insert(events, tenant: tenant))
        }
        try await transaction.pipeline(statements)
    }

    /// - Throws: `PaymentError.paymentNotFound`.
    func find(_ id: String, in context: RequestContext) async throws -> IncomingPayment {
        guard let id = IncomingPaymentID(id),
            let payment = try await repository.find(id, tenant: try context.tenantID()),
            context.caller.mayAccess(payment.paymentPointerID)
        else { throw PaymentError.paymentNotFound }
        return payment
    }

    func pages(
        of pointers: [PaymentPointerID], _ request: PageRequest, in context: RequestContext
    ) async throws -> [Page<IncomingPayment>] {
        try await repository.pages(of: pointers, request, tenant: try context.tenantID())
    }

    func page(
        _ request: PageRequest, _ filter: PaymentFilter, isDescending: Bool,
        in context: RequestContext
    ) async throws -> Page<IncomingPayment> {
        try await repository.page(
            request, filter, isDescending: isDescending, tenant: try context.tenantID())
    }

    private func expiry(_ text: String?) throws -> Timestamp? {
        guard let text, !text.isEmpty else { return nil }
        guard let moment = Timestamp(iso8601: text) else { throw PaymentError.invalidExpiresAt }
        return moment
    }
}
