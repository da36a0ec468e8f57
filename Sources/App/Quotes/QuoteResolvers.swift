import GraphQL

extension Resolvers<RequestContext> {
    mutating func quotes(_ service: QuoteService) {
        query("quote") { arguments, context in
            .object(try await service.find(arguments.string("id"), in: context))
        }
        mutation(
            "createQuote", failure: "Error trying to create quote"
        ) { arguments, context in
            let input = try arguments.object("input")
            let quote = try await service.create(
                QuoteService.Request(
                    paymentPointerID: input.string("paymentPointerId"),
                    receiver: input.string("receiver"),
                    sendAmount: input.optionalObject("sendAmount").map(Amount.init),
                    receiveAmount: input.optionalObject("receiveAmount").map(Amount.init)),
                in: context)
            return .success("Created Quote", ["quote": .object(quote)])
        }
        type("PaymentPointer", of: PaymentPointer.self) { type in
            type.batch("quotes") { pointers, arguments, context in
                try await service.pages(
                    of: pointers.map(\.id), PageRequest(arguments), in: context
                ).map { .success(.object($0)) }
            }
        }
        type("Quote", of: Quote.self) { type in
            type.field("id") { .string($0.id.description) }
            type.field("paymentPointerId") { .string($0.paymentPointerID.description) }
            type.field("receiver") { .string($0.receiver) }
            type.field("sendAmount") { .object($0.sendAmount) }
            type.field("receiveAmount") { .object($0.receiveAmount) }
            type.field("fee") { .object($0.feeAmount) }
            type.field("maxPacketAmount") { _ in .uint64(UInt64(Int64.max)) }
            type.field("minExchangeRate") { .double($0.exchangeRate) }
            type.field("lowEstimatedExchangeRate") { .double($0.exchangeRate) }
            type.field("highEstimatedExchangeRate") { .double($0.exchangeRate) }
            type.field("createdAt") { .string($0.createdAt.text) }
            type.field("expiresAt") { .string($0.expiresAt.text) }
        }
        connection("QuoteConnection", edge: "QuoteEdge", of: Quote.self)
        response("QuoteResponse", fields: ["quote"])
    }
}
