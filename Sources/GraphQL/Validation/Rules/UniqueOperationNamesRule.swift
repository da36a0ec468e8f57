/// https://spec.graphql.org/September2025/#sec-Operation-Name-Uniqueness
enum UniqueOperationNamesRule {
    static func check(_ context: ValidationContext) {
        var known: [String: Int32] = [:]
        for case .operation(let operation) in context.document.definitions {
            guard let name = operation.name else { continue }
            if let first = known[name.value] {
                context.report(
                    "There can be only one operation named \"\(name.value)\".",
                    at: first, name.offset)
            } else {
                known[name.value] = name.offset
            }
        }
    }
}
