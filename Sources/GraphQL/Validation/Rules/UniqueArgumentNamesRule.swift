/// https://spec.graphql.org/September2025/#sec-Argument-Uniqueness
enum UniqueArgumentNamesRule {
    static func check(_ arguments: [Argument], _ context: ValidationContext) {
        guard arguments.count > 1 else { return }
        var known: [String: Int32] = [:]
        for argument in arguments {
            let name = argument.name
            if let first = known[name.value] {
                context.report(
                    "There can be only one argument named \"\(name.value)\".",
                    at: first, name.offset)
            } else {
                known[name.value] = name.offset
            }
        }
    }
}
