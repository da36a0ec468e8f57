/// https://spec.graphql.org/September2025/#sec-All-Variables-Used
enum NoUnusedVariablesRule {
    static func check(_ context: ValidationContext) {
        for (operation, uses) in context.operationUses where !operation.variables.isEmpty {
            if context.isFull { return }
            let used = Set(context.reachable(from: uses).lazy.flatMap(\.variables).map(\.name))
            for variable in operation.variables where !used.contains(variable.name.value) {
                let place = operation.name.map { " in operation \"\($0.value)\"" } ?? ""
                context.report(
                    "Variable \"$\(variable.name.value)\" is never used\(place).",
                    at: variable.offset)
            }
        }
    }
}
