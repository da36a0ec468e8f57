import OrderedCollections

/// https://spec.graphql.org/September2025/#sec-Fragment-Spread-Type-Existence
enum KnownTypeNamesRule {
    static func check(_ name: Name, _ context: ValidationContext) {
        guard context.schema.types[name.value] == nil else { return }
        context.report(
            "Unknown type \"\(name.value)\"."
                + Suggestions.didYouMean(
                    nil, name.value, Array(context.schema.types.keys), quoted: true),
            at: name.offset)
    }
}
