/// https://spec.graphql.org/September2025/#sec-Input-Object-Field-Uniqueness, for the literals of a
/// schema: defaults, and the arguments of directives.
enum UniqueInputFieldNamesInSchemaRule {
    static func check(_ context: SDLContext) {
        for definition in context.definitions {
            let parts = definition.parts
            check(parts.directives, definition.source, context)
            check(parts.inputs, definition.source, context)
            for field in parts.fields {
                check(field.directives, definition.source, context)
                check(field.arguments, definition.source, context)
            }
            for value in parts.values { check(value.directives, definition.source, context) }
        }
    }

    private static func check(
        _ inputs: [InputValueNode], _ source: Source, _ context: SDLContext
    ) {
        for input in inputs {
            if let value = input.defaultValue { check(value, source, context) }
            check(input.directives, source, context)
        }
    }

    private static func check(
        _ directives: [Directive], _ source: Source, _ context: SDLContext
    ) {
        for directive in directives {
            for argument in directive.arguments { check(argument.value, source, context) }
        }
    }

    private static func check(_ value: ValueNode, _ source: Source, _ context: SDLContext) {
        switch value.kind {
        case .list(let items):
            for item in items { check(item, source, context) }
        case .object(let fields):
            var known: Set<String> = []
            context.reportRepeated(fields.map(\.name), source, &known) {
                "There can be only one input field named \"\($0)\"."
            }
            for field in fields { check(field.value, source, context) }
        default: break
        }
    }
}
