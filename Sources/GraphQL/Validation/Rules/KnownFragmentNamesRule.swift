/// https://spec.graphql.org/September2025/#sec-Fragment-Spread-Target-Defined
enum KnownFragmentNamesRule {
    static func check(_ spread: FragmentSpread, _ context: ValidationContext) {
        guard context.fragments[spread.name.value] == nil else { return }
        context.report("Unknown fragment \"\(spread.name.value)\".", at: spread.name.offset)
    }
}
