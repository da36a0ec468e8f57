import Foundation
import Postgres

/// What payments would cost.
struct QuoteService: Sendable {
    /// What a caller asks for: what is sent, or what arrives, or what the receiver still lacks.
    struct Request: Sendable {
        let paymentPointerID: String
        let receiver: String
        let sendAmount: Amount?
        let receiveAmount: Amount?
    }

    let database: Database
    let repository: QuoteRepository
    let paymentPointers: PaymentPointerRepository
    let payees: PayeeFinder
    let positions: PositionService
    let prices: PriceService
    let callback: QuoteCallback?
    /// How long a quote can be used.
    let seconds: Int

    /// - Throws: `PaymentError`, as checked in this order: both amounts, the payment pointer, what
    ///   is sent, what arrives, the receiver, then what comes out; `PriceError`.
    func create(_ request: Request, in context: RequestContext) async throws -> Quote {
        let tenant = try context.tenantID()
        if request.sendAmount != nil, request.receiveAmount != nil {
            throw PaymentError.invalidAmount
        }
        let pointer = try await pointer(request.paymentPointerID, in: context)
        if let send = request.sendAmount {
            guard send.value > 0, send.isSameAsset(as: Amount(0, of: pointer.asset)) else {
                throw PaymentError.invalidAmount
            }
        }
        if request.receiveAmount?.value == 0 { throw PaymentError.invalidAmount }
        guard let payee = try await payees.find(request.receiver, payer: tenant) else {
            throw PaymentError.invalidReceiver
        }
        let target = try target(request, payee)
        let new = try await price(target, pointer, payee, receiver: request.receiver)
        try await checkPosition(new, tenant: tenant)
        return try await repository.insert(
            try await adjusted(new, target, in: context), seconds: seconds, tenant: tenant)
    }

    private func pointer(_ id: String, in context: RequestContext) async throws -> PaymentPointer {
        guard let id = PaymentPointerID(id), context.caller.mayAccess(id),
            let pointer = try await paymentPointers.find(id, tenant: try context.tenantID())
        else { throw PaymentError.unknownPaymentPointer }
        guard pointer.isActive else { throw PaymentError.inactivePaymentPointer }
        return pointer
    }

    /// Which of the two amounts is fixed.
    enum Target: Sendable {
        case send(UInt64)
        case receive(UInt64)
    }

    private func target(_ request: Request, _ payee: Payee) throws -> Target {
        let lacking = payee.payment.lacking
        if let receive = request.receiveAmount {
            guard receive.isSameAsset(as: payee.payment.receivedAmount),
                receive.value <= lacking ?? .max
            else { throw PaymentError.invalidAmount }
            return .receive(receive.value)
        }
        if lacking == 0 { throw PaymentError.invalidReceiver }
        if let send = request.sendAmount { return .send(send.value) }
        guard let lacking else { throw PaymentError.invalidReceiver }
        return .receive(lacking)
    }

    private func price(
        _ target: Target, _ pointer: PaymentPointer, _ payee: Payee, receiver: String
    ) async throws -> NewQuote {
        let destination = payee.payment.receivedAmount
        let rate = try await prices.rate(
            from: AssetName(code: pointer.asset.code, scale: pointer.asset.scale),
            to: AssetName(code: destination.assetCode, scale: destination.assetScale),
            tenant: pointer.tenantID)
        let pricing = Pricing(rate: rate, fee: pointer.asset.fee)
        let amounts =
            switch target {
            case .send(let send): pricing.sending(send)
            case .receive(let receive): pricing.receiving(receive)
            }
        guard let amounts else { throw PaymentError.invalidAmount }
        return NewQuote(
            id: .next(), pointer: pointer, receiver: receiver, payee: payee, amounts: amounts,
            exchangeRate: rate.approximation)
    }

    /// Another tenant is paid only as far as it trusts this one.
    private func checkPosition(_ new: NewQuote, tenant: TenantID) async throws {
        guard new.payee.tenantID != tenant else { return }
        guard
            try await positions.mayReceive(
                new.receiveAmount, of: new.payee.payment.assetID, by: new.payee.tenantID,
                from: tenant)
        else { throw PaymentError.invalidReceiver }
    }

    /// The quote as the tenant's own service wants it.
    private func adjusted(
        _ new: NewQuote, _ target: Target, in context: RequestContext
    ) async throws -> NewQuote {
        var new = new
        if let callback {
            new.amounts = try await callback.amounts(
                of: new, isFixedSend: target.isSend, seconds: seconds)
        }
        guard new.amounts.receive <= new.payee.payment.lacking ?? .max else {
            throw PaymentError.invalidAmount
        }
        return new
    }

    /// - Throws: `PaymentError.quoteNotFound`.
    func find(_ id: String, in context: RequestContext) async throws -> Quote {
        guard let id = QuoteID(id),
            let quote = try await repository.find(id, tenant: try context.tenantID()),
            context.caller.mayAccess(quote.paymentPointerID)
        else { throw PaymentError.quoteNotFound }
        return quote
    }

    func pages(
        of pointers: [PaymentPointerID], _ request: PageRequest, in context: RequestContext
    ) async throws -> [Page<Quote>] {
        try await repository.pages(of: pointers, request, tenant: try context.tenantID())
    }
}

extension QuoteService.Target {
    var isSend: Bool {
        if case .send = self { true } else { false }
    }
}
