/// Directives applied in the schema are known, stand where they may, are not repeated unless
/// they may be, and have the arguments they need
/// (https://spec.graphql.org/September2025/#sec-Validation.Directives).
enum DirectivesInSchemaRule {
    static func check(_ context: SDLContext) {
        var known: [String: Set<String>] = [:]
        for definition in context.definitions {
            let parts = definition.parts
            if definition.kind != .directive {
                let key = definition.kind == .schema ? "" : definition.name.value
                check(
                    parts.directives, at: definition.kind.location, definition, context,
                    &known[key, default: []])
            }
            for field in parts.fields {
                check(field.directives, at: .fieldDefinition, definition, context)
                for argument in field.arguments {
                    check(argument.directives, at: .argumentDefinition, definition, context)
                }
            }
            for value in parts.values {
                check(value.directives, at: .enumValue, definition, context)
            }
            for input in parts.inputs {
                check(
                    input.directives,
                    at: definition.kind == .directive
                        ? .argumentDefinition : .inputFieldDefinition,
                    definition, context)
            }
        }
    }

    private static func check(
        _ directives: [Directive], at location: DirectiveLocation,
        _ definition: TypeSystemDefinition, _ context: SDLContext
    ) {
        var known: Set<String> = []
        check(directives, at: location, definition, context, &known)
    }

    private static func check(
        _ directives: [Directive], at location: DirectiveLocation,
        _ definition: TypeSystemDefinition, _ context: SDLContext, _ known: inout Set<String>
    ) {
        for directive in directives {
            let name = directive.name.value
            guard let node = context.directives[name] else {
                context.report(
                    "Unknown directive \"@\(name)\".", definition.source, directive.offset)
                continue
            }
            if !node.parts.locations.contains(where: { $0.value == location.rawValue }) {
                context.report(
                    "Directive \"@\(name)\" may not be used on \(location.rawValue).",
                    definition.source, directive.offset)
            }
            if !node.parts.isRepeatable, !known.insert(name).inserted {
                context.report(
                    "The directive \"@\(name)\" can only be used once at this location.",
                    definition.source, directive.offset)
            }
            checkArguments(directive, node, definition, context)
        }
    }

    private static func checkArguments(
        _ directive: Directive, _ node: TypeSystemDefinition, _ definition: TypeSystemDefinition,
        _ context: SDLContext
    ) {
        let name = directive.name.value
        var known: Set<String> = []
        context.reportRepeated(directive.arguments.map(\.name), definition.source, &known) {
            "There can be only one argument named \"\($0)\"."
        }
        for argument in directive.arguments {
            if !node.parts.inputs.contains(where: { $0.name.value == argument.name.value }) {
                context.report(
                    "Unknown argument \"\(argument.name.value)\" on directive \"@\(name)\".",
                    definition, argument.name)
            }
        }
        for input in node.parts.inputs {
            guard case .nonNull = input.type, input.defaultValue == nil,
                directive.argument(input.name.value) == nil
            else { continue }
            context.report(
                "Directive \"@\(name)\" argument \"\(input.name.value)\" of type "
                    + "\"\(input.type.reference)\" is required, but it was not provided.",
                definition.source, directive.offset)
        }
    }
}

extension TypeSystemDefinition.Kind {
    /// Where the directives of a definition of the kind stand; those of a directive's definition
    /// itself are no part of the grammar.
    var location: DirectiveLocation {
        switch self {
        case .schema, .directive: .schema
        case .scalar: .scalar
        case .object: .object
        case .interface: .interface
        case .union: .union
        case .enumeration: .enumeration
        case .inputObject: .inputObject
        }
    }
}
