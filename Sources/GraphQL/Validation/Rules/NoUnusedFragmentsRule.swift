/// https://spec.graphql.org/September2025/#sec-Fragments-Must-Be-Used
enum NoUnusedFragmentsRule {
    static func check(_ context: ValidationContext) {
        let fragments = context.document.fragments
        guard !fragments.isEmpty else { return }
        var all = DefinitionUses()
        for (_, uses) in context.operationUses { all.spreads += uses.spreads }
        var used: Set<String> = []
        for uses in context.reachable(from: all) {
            for spread in uses.spreads { used.insert(spread.name.value) }
        }
        for fragment in fragments where !used.contains(fragment.name.value) {
            context.report(
                "Fragment \"\(fragment.name.value)\" is never used.", at: fragment.offset)
        }
    }
}
