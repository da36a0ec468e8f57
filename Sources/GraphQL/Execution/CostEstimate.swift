import OrderedCollections

/// Estimates how much an operation can make the server do: one for each field, times the page
/// size of every paginated field above it. A field is paginated if it has an argument `first` or
/// `last`; what an introspection asks for counts as one.
struct CostEstimate {
    /// Page sizes above this, and negative ones, are priced as this; execution refuses them.
    static let maxPageSize = 100

    let schema: Schema
    let fragments: [String: FragmentDefinition]
    let defaultPageSize: Int
    /// The variables of the execution.
    let variables: [String: Value]
    /// Whether a page size was a variable, so that the estimate holds for these values only.
    private(set) var dependsOnVariables = false
    private var known: [String: Int] = [:]

    init(
        schema: Schema, fragments: [String: FragmentDefinition], defaultPageSize: Int,
        variables: [String: Value]
    ) {
        self.schema = schema
        self.fragments = fragments
        self.defaultPageSize = defaultPageSize
        self.variables = variables
    }

    /// The cost of a selection on a type. Fragments are estimated once; the document has been
    /// validated, so they form no cycle.
    mutating func cost(_ set: SelectionSet, on type: NamedType) -> Int {
        var total = 0
        for selection in set.selections {
            switch selection {
            case .field(let field):
                total = total.addingClamped(cost(field, on: type))
            case .inline(let inline):
                let inner = inline.typeCondition.flatMap { schema.types[$0.value] } ?? type
                total = total.addingClamped(cost(inline.selectionSet, on: inner))
            case .spread(let spread):
                total = total.addingClamped(cost(spread.name.value))
            }
        }
        return total
    }

    private mutating func cost(_ fragmentName: String) -> Int {
        if let cost = known[fragmentName] { return cost }
        guard let fragment = fragments[fragmentName],
            let type = schema.types[fragment.typeCondition.value]
        else { return 0 }
        let cost = cost(fragment.selectionSet, on: type)
        known[fragmentName] = cost
        return cost
    }

    private mutating func cost(_ field: Field, on type: NamedType) -> Int {
        guard let set = field.selectionSet, !field.name.value.hasPrefix("__"),
            let definition = schema.field(field.name.value, on: type),
            let inner = schema.types[definition.type.namedType]
        else { return 1 }
        let below = cost(set, on: inner)
        return below.multipliedClamped(by: pageSize(field, definition)).addingClamped(1)
    }

    private mutating func pageSize(_ field: Field, _ definition: FieldDefinition) -> Int {
        let sizes = definition.arguments.filter { $0.name == "first" || $0.name == "last" }
        if sizes.isEmpty { return 1 }
        var largest: Int?
        for argument in sizes {
            let node = field.arguments.first { $0.name.value == argument.name }?.value
            guard let size = size(node) ?? size(argument.defaultNode) else { continue }
            let priced = (0...Self.maxPageSize).contains(size) ? size : Self.maxPageSize
            largest = max(largest ?? 0, priced)
        }
        return largest ?? defaultPageSize
    }

    private mutating func size(_ node: ValueNode?) -> Int? {
        switch node?.kind {
        case .int(let text)?: return Int(text) ?? Self.maxPageSize + 1
        case .variable(let name)?:
            dependsOnVariables = true
            if case .int(let size)? = variables[name] { return Int(size) }
            return nil
        default: return nil
        }
    }
}
