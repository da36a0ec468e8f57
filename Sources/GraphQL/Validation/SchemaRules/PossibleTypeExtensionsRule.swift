/// https://spec.graphql.org/September2025/#sec-Type-Extensions
enum PossibleTypeExtensionsRule {
    static func check(_ context: SDLContext) {
        for definition in context.definitions
        where definition.isExtension && definition.kind != .schema {
            let name = definition.name.value
            guard let base = context.types[name] else {
                context.report(
                    "Cannot extend type \"\(name)\" because it is not defined."
                        + Suggestions.didYouMean(
                            nil, name, context.types.keys.sorted(), quoted: true),
                    definition, definition.name)
                continue
            }
            if base.kind != definition.kind {
                context.report(
                    "Cannot extend non-\(word(definition.kind)) type \"\(name)\".",
                    definition, definition.name)
            }
        }
    }

    private static func word(_ kind: TypeSystemDefinition.Kind) -> String {
        switch kind {
        case .schema: "schema"
        case .scalar: "scalar"
        case .object: "object"
        case .interface: "interface"
        case .union: "union"
        case .enumeration: "enum"
        case .inputObject: "input object"
        case .directive: "directive"
        }
    }
}
