/// https://spec.graphql.org/September2025/#sec-Names.Reserved-Names
enum ReservedNamesRule {
    static func check(_ context: SDLContext) {
        for definition in context.definitions {
            let parts = definition.parts
            let arguments = parts.fields.flatMap(\.arguments)
            let names =
                [definition.name] + parts.fields.map(\.name) + parts.inputs.map(\.name)
                + parts.values.map(\.name) + arguments.map(\.name)
            for name in names where name.value.hasPrefix("__") {
                context.report(
                    "Name \"\(name.value)\" must not begin with \"__\", which is reserved by "
                        + "GraphQL introspection.",
                    definition, name)
            }
        }
    }
}
