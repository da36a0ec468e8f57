/// https://spec.graphql.org/September2025/#sec-Schema: every type that is referred to is defined.
enum KnownTypeNamesInSchemaRule {
    static func check(_ context: SDLContext) {
        for definition in context.definitions {
            let parts = definition.parts
            let inputs = parts.inputs + parts.fields.flatMap(\.arguments)
            let names =
                parts.interfaces + parts.members + parts.operationTypes.map(\.type)
                + parts.fields.map(\.type.name) + inputs.map(\.type.name)
            for name in names where context.types[name.value] == nil {
                context.report(
                    "Unknown type \"\(name.value)\"."
                        + Suggestions.didYouMean(
                            nil, name.value, context.types.keys.sorted(), quoted: true),
                    definition, name)
            }
        }
    }
}
