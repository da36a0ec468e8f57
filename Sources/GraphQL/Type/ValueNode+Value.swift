import OrderedCollections

extension ValueNode {
    /// The literal as a value without regard to a type. Variables become null; constant
    /// literals have none. Integers beyond 64 bits become doubles.
    var untyped: Value { untyped { _ in nil } }

    /// The same, with variables looked up; one without a value becomes null.
    func untyped(_ variable: (String) -> Value?) -> Value {
        switch kind {
        case .variable(let name): return variable(name) ?? .null
        case .int(let text): return Self.integer(text)
        case .float(let text): return .double(Double(text) ?? .infinity)
        case .string(let text, _): return .string(text)
        case .bool(let value): return .bool(value)
        case .null: return .null
        case .enumCase(let name): return .enumCase(name)
        case .list(let items): return .list(items.map { $0.untyped(variable) })
        case .object(let fields):
            var members: OrderedDictionary<String, Value> = [:]
            for field in fields {
                if case .variable(let name) = field.value.kind, variable(name) == nil { continue }
                members[field.name.value] = field.value.untyped(variable)
            }
            return .object(members)
        }
    }

    /// An integer literal in the narrowest exact case.
    static func integer(_ text: String) -> Value {
        if let value = Int64(text) { return .int(value) }
        if let value = UInt64(text) { return .uint64(value) }
        return .double(Double(text) ?? .infinity)
    }
}
