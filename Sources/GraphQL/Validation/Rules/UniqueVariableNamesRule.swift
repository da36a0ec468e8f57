/// https://spec.graphql.org/September2025/#sec-Variable-Uniqueness
enum UniqueVariableNamesRule {
    static func check(_ operation: OperationDefinition, _ context: ValidationContext) {
        guard operation.variables.count > 1 else { return }
        var known: [String: Int32] = [:]
        for variable in operation.variables {
            let name = variable.name
            if let first = known[name.value] {
                context.report(
                    "There can be only one variable named \"$\(name.value)\".",
                    at: first, name.offset)
            } else {
                known[name.value] = name.offset
            }
        }
    }
}
