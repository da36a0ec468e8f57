/// https://spec.graphql.org/September2025/#sec-All-Variable-Uses-Defined
enum NoUndefinedVariablesRule {
    static func check(_ context: ValidationContext) {
        for (operation, uses) in context.operationUses {
            if context.isFull { return }
            let defined = Set(operation.variables.map(\.name.value))
            for use in context.reachable(from: uses).lazy.flatMap(\.variables)
            where !defined.contains(use.name) {
                let place = operation.name.map { " by operation \"\($0.value)\"" } ?? ""
                context.report(
                    "Variable \"$\(use.name)\" is not defined\(place).",
                    at: use.offset, operation.offset)
            }
        }
    }
}
