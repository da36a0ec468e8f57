import OrderedCollections

/// https://spec.graphql.org/September2025/#sec-Variables-Are-Input-Types
enum VariablesAreInputTypesRule {
    static func check(_ variable: VariableDefinition, _ context: ValidationContext) {
        guard let type = context.schema.types[variable.type.name.value], !type.isInput else {
            return
        }
        context.report(
            "Variable \"$\(variable.name.value)\" cannot be non-input type "
                + "\"\(variable.type.reference)\".",
            at: variable.type.offset)
    }
}
