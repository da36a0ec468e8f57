import OrderedCollections

/// https://spec.graphql.org/September2025/#sec-Directives-Are-Unique-per-Location
enum UniqueDirectivesPerLocationRule {
    static func check(_ directives: [Directive], _ context: ValidationContext) {
        guard directives.count > 1 else { return }
        var known: [String: Int32] = [:]
        for directive in directives {
            let name = directive.name.value
            guard let definition = context.schema.directives[name], !definition.isRepeatable else {
                continue
            }
            if let first = known[name] {
                context.report(
                    "The directive \"@\(name)\" can only be used once at this location.",
                    at: first, directive.offset)
            } else {
                known[name] = directive.offset
            }
        }
    }
}
