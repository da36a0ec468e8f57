/// https://spec.graphql.org/September2025/#sec-Required-Arguments
enum ProvidedRequiredArgumentsRule {
    static func check(
        _ field: Field, _ definition: FieldDefinition, _ context: ValidationContext
    ) {
        check(definition.arguments, field.arguments) { argument in
            context.report(
                "Field \"\(definition.name)\" argument \"\(argument.name)\" of type "
                    + "\"\(argument.type)\" is required, but it was not provided.",
                at: field.offset)
        }
    }

    static func check(
        _ directive: Directive, _ definition: DirectiveDefinition, _ context: ValidationContext
    ) {
        check(definition.arguments, directive.arguments) { argument in
            context.report(
                "Directive \"@\(definition.name)\" argument \"\(argument.name)\" of type "
                    + "\"\(argument.type)\" is required, but it was not provided.",
                at: directive.offset)
        }
    }

    private static func check(
        _ definitions: [InputValue], _ given: [Argument], _ report: (InputValue) -> Void
    ) {
        for definition in definitions where definition.isRequired {
            if !given.contains(where: { $0.name.value == definition.name }) { report(definition) }
        }
    }
}
