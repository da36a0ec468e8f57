import GraphQL

extension Resolvers<RequestContext> {
    mutating func paymentPointers(_ service: PaymentPointerService) {
        query("paymentPointer") { arguments, context in
            .object(try await service.find(arguments.string("id"), in: context))
        }
        query("paymentPointerByUrl") { arguments, context in
            .object(try await service.find(url: arguments.string("url"), in: context))
        }
        query("paymentPointers") { arguments, context in
            .object(
                try await service.page(
                    PageRequest(arguments),
                    PaymentPointerFilter(arguments.optionalObject("filter")),
                    by: ListOrder(arguments, standard: .createdAt), in: context))
        }
        mutation(
            "updatePaymentPointer", failure: "Error trying to update payment pointer"
        ) { arguments, context in
            let input = try arguments.object("input")
            let paymentPointer = try await service.update(
                id: input.string("id"), PaymentPointerChange(input), in: context)
            return .success(
                "Updated payment pointer", ["paymentPointer": .object(paymentPointer)])
        }
        mutation(
            "createPaymentPointer", failure: "Error trying to create payment pointer"
        ) { arguments, context in
            let input = try arguments.object("input")
            let asset = try input.object("asset")
            let paymentPointer = try await service.create(
                url: input.string("url"), assetCode: asset.string("code"),
                assetScale: asset.int("scale"), publicName: input.optionalString("publicName"),
                in: context)
            return .success(
                "Created payment pointer", ["paymentPointer": .object(paymentPointer)])
        }
        type("PaymentPointer", of: PaymentPointer.self) { type in
            type.field("id") { .string($0.id.description) }
            type.field("asset") { .object($0.asset) }
            type.field("url") { .string($0.url) }
            type.field("publicName") { .optional($0.publicName) }
            type.field("isActive") { .bool($0.isActive) }
            type.field("createdAt") { .string($0.createdAt.text) }
        }
        connection(
            "PaymentPointersConnection", edge: "PaymentPointerEdge", of: PaymentPointer.self)
        response("CreatePaymentPointerMutationResponse", fields: ["paymentPointer"])
        response("UpdatePaymentPointerMutationResponse", fields: ["paymentPointer"])
    }
}

extension PaymentPointerChange {
    /// From an `UpdatePaymentPointerInput`. Only for `publicName` is null another thing than
    /// absence.
    fileprivate init(_ input: Arguments) throws {
        try self.init(
            publicName: input.contains("publicName")
                ? .some(try input.optionalString("publicName")) : nil,
            isActive: input.optionalBool("isActive"))
    }
}

extension PaymentPointerFilter {
    fileprivate init(_ filter: Arguments?) throws {
        try self.init(
            assetCode: filter?.optionalString("assetCode"),
            assetScale: filter?.optionalInt("assetScale"),
            isActive: filter?.optionalBool("isActive"),
            urlPrefix: filter?.optionalString("urlPrefix"))
    }
}
