import OrderedCollections

/// Finds input objects that can have no finite value, and defaults that contain themselves
/// (https://spec.graphql.org/September2025/#sec-Input-Objects.Circular-References and
/// #InputObjectDefaultValueHasCycle()).
struct InputCycleSearch {
    let schema: Schema

    private enum Mark { case open, done }

    var problems: [SchemaProblem] {
        let inputs = schema.types.values.compactMap { type -> InputObjectType? in
            if case .inputObject(let input) = type { input } else { nil }
        }
        var problems: [SchemaProblem] = []
        var marks: [String: Mark] = [:]
        for input in inputs { searchTypes(input, &marks, &problems) }
        if !problems.isEmpty { return problems }
        var fieldMarks: [String: Mark] = [:]
        for input in inputs {
            for field in input.fields.values {
                searchDefaults(input, field, &fieldMarks, &problems)
            }
        }
        return problems
    }

    /// An input object on the way, with the fields that are left to follow, the next one last.
    private struct Step {
        let name: String
        var left: [(field: InputValue, type: InputObjectType)]
        var followed = ""
    }

    /// Fields whose type is a non-null input object, not in a list.
    private func step(_ input: InputObjectType) -> Step {
        let left = input.fields.values.reversed().compactMap {
            field -> (InputValue, InputObjectType)? in
            guard case .nonNull(.named(let name)) = field.type,
                case .inputObject(let next)? = schema.types[name]
            else { return nil }
            return (field, next)
        }
        return Step(name: input.name, left: left)
    }

    /// A depth-first search with a stack of its own: a chain can be as long as the schema.
    private func searchTypes(
        _ input: InputObjectType, _ marks: inout [String: Mark],
        _ problems: inout [SchemaProblem]
    ) {
        guard marks[input.name] == nil else { return }
        marks[input.name] = .open
        var way = [step(input)]
        while let last = way.indices.last {
            guard let (field, next) = way[last].left.popLast() else {
                marks[way[last].name] = .done
                way.removeLast()
                continue
            }
            way[last].followed = field.name
            switch marks[next.name] {
            case .done?: break
            case .open?:
                let cycle = way.drop { $0.name != next.name }.map(\.followed)
                problems.append(
                    SchemaProblem(
                        "Cannot reference Input Object \"\(next.name)\" within itself through a "
                            + "series of non-null fields: \"\(cycle.joined(separator: "."))\".",
                        at: field.position))
            case nil:
                marks[next.name] = .open
                way.append(step(next))
            }
        }
    }

    private func searchDefaults(
        _ input: InputObjectType, _ field: InputValue, _ marks: inout [String: Mark],
        _ problems: inout [SchemaProblem], depth: Int = 0
    ) {
        let key = "\(input.name).\(field.name)"
        guard let node = field.defaultNode, marks[key] != .done, depth < 500 else { return }
        if marks[key] == .open {
            problems.append(
                SchemaProblem(
                    "The default of \(key) contains itself.", at: field.position))
            return
        }
        marks[key] = .open
        search(node, field.type, &marks, &problems, depth)
        marks[key] = .done
    }

    private func search(
        _ node: ValueNode, _ type: TypeReference, _ marks: inout [String: Mark],
        _ problems: inout [SchemaProblem], _ depth: Int
    ) {
        switch node.kind {
        case .list(let items):
            for item in items { search(item, type, &marks, &problems, depth) }
        case .object(let fields):
            guard case .inputObject(let input)? = schema.types[type.namedType] else { return }
            for definition in input.fields.values {
                if let given = fields.first(where: { $0.name.value == definition.name }) {
                    search(given.value, definition.type, &marks, &problems, depth)
                } else {
                    searchDefaults(input, definition, &marks, &problems, depth: depth + 1)
                }
            }
        default: break
        }
    }
}
