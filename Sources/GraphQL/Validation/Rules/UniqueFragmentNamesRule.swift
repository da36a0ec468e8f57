/// https://spec.graphql.org/September2025/#sec-Fragment-Name-Uniqueness
enum UniqueFragmentNamesRule {
    static func check(_ context: ValidationContext) {
        var known: [String: Int32] = [:]
        for case .fragment(let fragment) in context.document.definitions {
            let name = fragment.name
            if let first = known[name.value] {
                context.report(
                    "There can be only one fragment named \"\(name.value)\".",
                    at: first, name.offset)
            } else {
                known[name.value] = name.offset
            }
        }
    }
}
