/// https://spec.graphql.org/September2025/#sec-Argument-Names
enum KnownArgumentNamesRule {
    static func check(
        _ field: Field, _ definition: FieldDefinition, _ parent: NamedType,
        _ context: ValidationContext
    ) {
        for argument in field.arguments where definition.argument(named: argument.name.value) == nil
        {
            context.report(
                "Unknown argument \"\(argument.name.value)\" on field "
                    + "\"\(parent.name).\(definition.name)\"."
                    + suggestion(argument, definition.arguments),
                at: argument.name.offset)
        }
    }

    static func check(
        _ directive: Directive, _ definition: DirectiveDefinition, _ context: ValidationContext
    ) {
        for argument in directive.arguments
        where definition.argument(named: argument.name.value) == nil {
            context.report(
                "Unknown argument \"\(argument.name.value)\" on directive "
                    + "\"@\(definition.name)\"." + suggestion(argument, definition.arguments),
                at: argument.name.offset)
        }
    }

    private static func suggestion(_ argument: Argument, _ known: [InputValue]) -> String {
        Suggestions.didYouMean(nil, argument.name.value, known.map(\.name), quoted: true)
    }
}
