import OrderedCollections

/// Checks constant literals in a schema, such as defaults. Custom scalars admit anything here,
/// since their rules come with the engine.
struct LiteralCheck {
    let types: OrderedDictionary<String, NamedType>

    /// Why the literal does not fit the type; nil if it does.
    func problem(_ node: ValueNode, _ type: TypeReference) -> String? {
        if case .null = node.kind {
            return type.isNonNull ? "expected value of type \"\(type)\", found null." : nil
        }
        switch type {
        case .nonNull(let inner):
            return problem(node, inner)
        case .list(let inner):
            guard case .list(let items) = node.kind else { return problem(node, inner) }
            return items.lazy.compactMap { problem($0, inner) }.first
        case .named(let name):
            return problem(node, named: name)
        }
    }

    private func problem(_ node: ValueNode, named name: String) -> String? {
        let mismatch = "expected value of type \"\(name)\", found \(node.printed)."
        switch types[name] {
        case .scalar?:
            guard BuiltinSDL.scalarNames.contains(name) else { return nil }
            do {
                _ = try BuiltinScalar.parse(name, literal: node)
                return nil
            } catch {
                return error.message
            }
        case .enumeration(let type)?:
            guard case .enumCase(let value) = node.kind, type.values[value] != nil else {
                return mismatch
            }
            return nil
        case .inputObject(let type)?:
            guard case .object(let fields) = node.kind else { return mismatch }
            return problem(fields, type)
        default:
            return mismatch
        }
    }

    private func problem(_ fields: [Argument], _ type: InputObjectType) -> String? {
        for field in fields {
            guard let definition = type.fields[field.name.value] else {
                return "field \"\(field.name.value)\" is not defined by type \"\(type.name)\"."
            }
            if let problem = problem(field.value, definition.type) { return problem }
        }
        for definition in type.fields.values where definition.isRequired {
            if !fields.contains(where: { $0.name.value == definition.name }) {
                return "field \"\(type.name).\(definition.name)\" of required type "
                    + "\"\(definition.type)\" was not provided."
            }
        }
        guard type.isOneOf else { return nil }
        guard fields.count == 1, let only = fields.first else {
            return "OneOf Input Object \"\(type.name)\" must specify exactly one key."
        }
        if case .null = only.value.kind {
            return "Field \"\(type.name).\(only.name.value)\" must be non-null."
        }
        return nil
    }
}
