/// Fields, arguments and enum values have unique names within their type, its extensions
/// included (https://spec.graphql.org/September2025/#sec-Objects.Type-Validation and the sections
/// of the other types).
enum UniqueMemberNamesRule {
    static func check(_ context: SDLContext) {
        var known: [String: Set<String>] = [:]
        for definition in context.definitions {
            let type = definition.name.value
            let parts = definition.parts
            let source = definition.source
            if definition.kind == .directive {
                var arguments: Set<String> = []
                context.reportRepeated(parts.inputs.map(\.name), source, &arguments) {
                    "Argument \"@\(type)(\($0):)\" can only be defined once."
                }
                continue
            }
            context.reportRepeated(
                parts.fields.map(\.name) + parts.inputs.map(\.name), source,
                &known[type, default: []]
            ) { "Field \"\(type).\($0)\" can only be defined once." }
            context.reportRepeated(parts.values.map(\.name), source, &known[type, default: []]) {
                "Enum value \"\(type).\($0)\" can only be defined once."
            }
            for field in parts.fields {
                var arguments: Set<String> = []
                context.reportRepeated(field.arguments.map(\.name), source, &arguments) {
                    "Argument \"\(type).\(field.name.value)(\($0):)\" can only be defined once."
                }
            }
        }
    }
}
