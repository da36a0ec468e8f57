/// Measures selections; each fragment once.
struct DocumentMeasure {
    struct Size {
        /// Levels of fields; those of an introspection do not count.
        var depth = 0
        /// Fields with an alias, as often as they are spread.
        var aliases = 0
        /// Fields that belong to the selection set itself, fragments expanded.
        var ownFields = 0
        /// Introspection lists within each other.
        var introspectionDepth = 0

        mutating func join(_ other: Size) {
            depth = max(depth, other.depth)
            aliases = aliases.addingClamped(other.aliases)
            ownFields = ownFields.addingClamped(other.ownFields)
            introspectionDepth = max(introspectionDepth, other.introspectionDepth)
        }
    }

    /// Selection sets within each other, fragments followed. A document beyond it is refused
    /// whatever the options say, so that nothing that follows fragments recurses without bound.
    static let maxNesting = 400

    private(set) var isTooDeep = false
    private(set) var directives = 0
    private let fragments: [String: FragmentDefinition]
    private var known: [String: Size] = [:]
    private var level = 0

    init(fragments: [String: FragmentDefinition]) { self.fragments = fragments }

    mutating func measure(_ fragment: FragmentDefinition) -> Size {
        if let size = known[fragment.name.value] { return size }
        // A fragment that spreads itself is measured as if it did not; another rule refuses it.
        known[fragment.name.value] = Size()
        directives += fragment.directives.count
        let size = measure(fragment.selectionSet)
        known[fragment.name.value] = size
        return size
    }

    mutating func measure(_ set: SelectionSet) -> Size {
        guard level < Self.maxNesting else {
            isTooDeep = true
            return Size()
        }
        level += 1
        defer { level -= 1 }
        var size = Size()
        for selection in set.selections {
            if isTooDeep { return size }
            directives += selection.directives.count
            switch selection {
            case .field(let field):
                size.join(measure(field))
            case .inline(let inline):
                size.join(measure(inline.selectionSet))
            case .spread(let spread):
                if let fragment = fragments[spread.name.value] { size.join(measure(fragment)) }
            }
        }
        return size
    }

    private mutating func measure(_ field: Field) -> Size {
        var size = Size()
        if let set = field.selectionSet { size = measure(set) }
        size.ownFields = 1
        let name = field.name.value
        if name == "__schema" || name == "__type" {
            size = Size(depth: 1, aliases: 0, ownFields: 1)
        } else {
            size.depth = size.depth.addingClamped(1)
            if MaxIntrospectionDepthRule.lists.contains(name) { size.introspectionDepth += 1 }
        }
        if field.alias != nil { size.aliases = size.aliases.addingClamped(1) }
        return size
    }
}

extension Int {
    /// The sum, or the greatest integer where the sum is beyond it.
    func addingClamped(_ other: Int) -> Int {
        let (sum, isOver) = addingReportingOverflow(other)
        return isOver ? .max : sum
    }

    /// The product, or the greatest integer where the product is beyond it.
    func multipliedClamped(by other: Int) -> Int {
        let (product, isOver) = multipliedReportingOverflow(by: other)
        return isOver ? .max : product
    }
}
