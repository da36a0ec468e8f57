import GraphQL

extension Resolvers<RequestContext> {
    mutating func pointerEvents(_ service: PointerEventService) {
        mutation(
            "triggerPaymentPointerEvents",
            failure: "Error trying to trigger payment pointer events"
        ) { arguments, context in
            let count = try await service.trigger(limit: arguments.int("limit"), in: context)
            return .success("Triggered Payment Pointer Events", ["count": .int(count)])
        }
        response("TriggerPaymentPointerEventsMutationResponse", fields: ["count"])
    }
}
