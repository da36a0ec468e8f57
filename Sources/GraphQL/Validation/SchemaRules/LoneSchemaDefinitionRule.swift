/// https://spec.graphql.org/September2025/#sec-Schema
enum LoneSchemaDefinitionRule {
    static func check(_ context: SDLContext) {
        let schemas = context.definitions.filter { $0.kind == .schema && !$0.isExtension }
        for extra in schemas.dropFirst() {
            context.report(
                "Must provide only one schema definition.", extra.source, extra.parts.offset)
        }
    }
}
