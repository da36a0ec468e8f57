/// https://spec.graphql.org/September2025/#sec-Input-Object-Field-Uniqueness
enum UniqueInputFieldNamesRule {
    static func check(_ fields: [Argument], _ context: ValidationContext) {
        guard fields.count > 1 else { return }
        var known: [String: Int32] = [:]
        for field in fields {
            let name = field.name
            if let first = known[name.value] {
                context.report(
                    "There can be only one input field named \"\(name.value)\".",
                    at: first, name.offset)
            } else {
                known[name.value] = name.offset
            }
        }
    }
}
