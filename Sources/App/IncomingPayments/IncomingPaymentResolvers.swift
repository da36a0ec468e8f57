import GraphQL

extension Resolvers<RequestContext> {
    mutating func incomingPayments(_ service: IncomingPaymentService) {
        query("incomingPayment") { arguments, context in
            .object(try await service.find(arguments.string("id"), in: context))
        }
        query("incomingPayments") { arguments, context in
            .object(
                try await service.page(
                    PageRequest(arguments), PaymentFilter(arguments.optionalObject("filter")),
                    isDescending: arguments.isNewestFirst, in: context))
        }
        mutation(
            "createIncomingPayment", failure: "Error trying to create incoming payment"
        ) { arguments, context in
            let input = try arguments.object("input")
            let payment = try await service.create(
                IncomingPaymentService.Request(
                    paymentPointerID: input.string("paymentPointerId"),
                    expiresAt: input.optionalString("expiresAt"),
                    incomingAmount: input.optionalObject("incomingAmount").map(Amount.init),
                    details: PaymentDetails(input)), in: context)
            return .success("Created Incoming Payment", ["payment": .object(payment)])
        }
        mutation(
            "completeIncomingPayment", failure: "Error trying to complete incoming payment"
        ) { arguments, context in
            let payment = try await service.complete(arguments.string("id"), in: context)
            return .success("Completed Incoming Payment", ["payment": .object(payment)])
        }
        mutation(
            "cancelIncomingPayment", failure: "Error trying to cancel incoming payment"
        ) { arguments, context in
            let payment = try await service.cancel(arguments.string("id"), in: context)
            return .success("Cancelled Incoming Payment", ["payment": .object(payment)])
        }
        type("PaymentPointer", of: PaymentPointer.self) { type in
            type.batch("incomingPayments") { pointers, arguments, context in
                try await service.pages(
                    of: pointers.map(\.id), PageRequest(arguments), in: context
                ).map { .success(.object($0)) }
            }
        }
        incomingPaymentType()
    }

    private mutating func incomingPaymentType() {
        type("IncomingPayment", of: IncomingPayment.self) { type in
            type.field("id") { .string($0.id.description) }
            type.field("paymentPointerId") { .string($0.paymentPointerID.description) }
            type.field("state") { .string($0.state.rawValue) }
            type.field("expiresAt") { .string($0.expiresAt.text) }
            type.field("incomingAmount") { .optional(object: $0.incomingAmount) }
            type.field("receivedAmount") { .object($0.receivedAmount) }
            type.field("description") { .optional($0.details.description) }
            type.field("externalRef") { .optional($0.details.externalRef) }
            type.field("metadata") { .objects($0.details.metadata) }
            type.field("createdAt") { .string($0.createdAt.text) }
        }
        connection(
            "IncomingPaymentConnection", edge: "IncomingPaymentEdge", of: IncomingPayment.self)
        response("IncomingPaymentResponse", fields: ["payment"])
    }
}
