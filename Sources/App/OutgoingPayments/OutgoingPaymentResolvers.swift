import GraphQL

extension Resolvers<RequestContext> {
    mutating func outgoingPayments(
        _ service: OutgoingPaymentService, _ funding: FundingService,
        _ withdrawals: EventWithdrawalService
    ) {
        query("outgoingPayment") { arguments, context in
            .object(try await service.find(arguments.string("id"), in: context))
        }
        query("outgoingPayments") { arguments, context in
            .object(
                try await service.page(
                    PageRequest(arguments), PaymentFilter(arguments.optionalObject("filter")),
                    isDescending: arguments.isNewestFirst, in: context))
        }
        mutation(
            "createOutgoingPayment", failure: "Error trying to create outgoing payment"
        ) { arguments, context in
            let input = try arguments.object("input")
            let payment = try await service.create(
                OutgoingPaymentService.Request(
                    paymentPointerID: input.string("paymentPointerId"),
                    quoteID: input.string("quoteId"), details: PaymentDetails(input)),
                in: context)
            return .success("Created Outgoing Payment", ["payment": .object(payment)])
        }
        mutation(
            "cancelOutgoingPayment", failure: "Error trying to cancel outgoing payment"
        ) { arguments, context in
            let payment = try await service.cancel(arguments.string("id"), in: context)
            return .success("Cancelled Outgoing Payment", ["payment": .object(payment)])
        }
        liquidityMutation(
            "depositEventLiquidity", failure: "Error trying to deposit liquidity"
        ) { arguments, context in
            try await funding.deposit(forEvent: arguments.string("eventId"), in: context)
            return .success("Deposited liquidity")
        }
        liquidityMutation(
            "withdrawEventLiquidity", failure: "Error trying to withdraw liquidity"
        ) { arguments, context in
            try await withdrawals.withdraw(forEvent: arguments.string("eventId"), in: context)
            return .success("Withdrew liquidity")
        }
        type("PaymentPointer", of: PaymentPointer.self) { type in
            type.batch("outgoingPayments") { pointers, arguments, context in
                try await service.pages(
                    of: pointers.map(\.id), PageRequest(arguments), in: context
                ).map { .success(.object($0)) }
            }
        }
        outgoingPaymentType()
    }

    private mutating func outgoingPaymentType() {
        type("OutgoingPayment", of: OutgoingPayment.self) { type in
            type.field("id") { .string($0.id.description) }
            type.field("paymentPointerId") { .string($0.paymentPointerID.description) }
            type.field("state") { .string($0.state.rawValue) }
            type.field("error") { .optional($0.error) }
            type.field("stateAttempts") { .int($0.stateAttempts) }
            type.field("sendAmount") { .object($0.quote.sendAmount) }
            type.field("receiveAmount") { .object($0.quote.receiveAmount) }
            type.field("receiver") { .string($0.quote.receiver) }
            type.field("description") { .optional($0.details.description) }
            type.field("externalRef") { .optional($0.details.externalRef) }
            type.field("metadata") { .objects($0.details.metadata) }
            type.field("quote") { .object($0.quote) }
            type.field("sentAmount") { .object($0.quote.sendAmount.with($0.sentAmount)) }
            type.field("createdAt") { .string($0.createdAt.text) }
        }
        connection(
            "OutgoingPaymentConnection", edge: "OutgoingPaymentEdge", of: OutgoingPayment.self)
        response("OutgoingPaymentResponse", fields: ["payment"])
    }
}
