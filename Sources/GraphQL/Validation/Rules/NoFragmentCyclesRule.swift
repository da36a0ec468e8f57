/// https://spec.graphql.org/September2025/#sec-Fragment-Spreads-Must-Not-Form-Cycles
enum NoFragmentCyclesRule {
    /// A depth-first search with a stack of its own; each cycle is reported where it closes.
    /// Answers whether there are any.
    static func check(_ context: ValidationContext) -> Bool {
        var hasCycles = false
        var done: Set<String> = []
        for fragment in context.document.fragments {
            if search(from: fragment.name.value, &done, context) { hasCycles = true }
        }
        return hasCycles
    }

    private static func search(
        from root: String, _ done: inout Set<String>, _ context: ValidationContext
    ) -> Bool {
        guard done.insert(root).inserted else { return false }
        var hasCycles = false
        /// The fragments on the way, each with the index of its next spread to look at.
        var way: [(name: String, next: Int)] = [(root, 0)]
        var places = [root: 0]
        var spreads: [FragmentSpread] = []
        while let (name, next) = way.last {
            let own = context.fragmentUses[name]?.spreads ?? []
            guard next < own.count else {
                way.removeLast()
                places[name] = nil
                _ = spreads.popLast()
                continue
            }
            way[way.count - 1].next += 1
            let spread = own[next]
            let target = spread.name.value
            if let place = places[target] {
                hasCycles = true
                let cycle = spreads[place...] + [spread]
                let via = cycle.dropLast().map { "\"\($0.name.value)\"" }.joined(separator: ", ")
                context.report(
                    "Cannot spread fragment \"\(target)\" within itself"
                        + (via.isEmpty ? "." : " via \(via)."),
                    at: cycle.map(\.offset))
            } else if context.fragmentUses[target] != nil, done.insert(target).inserted {
                places[target] = way.count
                way.append((target, 0))
                spreads.append(spread)
            }
        }
        return hasCycles
    }
}
