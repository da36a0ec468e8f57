import GraphQL

extension Resolvers<RequestContext> {
    mutating func paymentPointers(_ service: PaymentPointerService) {
        query("paymentPointer") { arguments, context in
            .object(try await service.find(arguments.string("id"), in: context))
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
            type.field("createdAt") { .string($0.createdAt.text) }
        }
        response("CreatePaymentPointerMutationResponse", fields: ["paymentPointer"])
    }
}
