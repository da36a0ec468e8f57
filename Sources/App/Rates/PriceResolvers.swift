import GraphQL

extension Resolvers<RequestContext> {
    mutating func prices(_ service: PriceService) {
        query("priceSettings") { _, context in .object(try await service.settings(in: context)) }
        mutation("setPricesUrl", failure: "Error trying to set prices url") { arguments, context in
            let settings = try await service.setURL(
                arguments.object("input").optionalString("url"), in: context)
            return .success("Set Prices Url", ["priceSettings": .object(settings)])
        }
        type("PriceSettings", of: PriceSettings.self) { type in
            type.field("url") { .optional($0.url) }
        }
        response("SetPricesUrlMutationResponse", fields: ["priceSettings"])
    }
}
