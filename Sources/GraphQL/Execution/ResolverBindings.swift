import OrderedCollections

/// The resolvers of an engine put to their types, and what does not match.
struct ResolverBindings {
    let schema: Schema
    private(set) var types: [String: TypeBinding]
    private var strays: [String] = []

    init<Context: Sendable>(_ schema: Schema, _ resolvers: Resolvers<Context>) {
        self.schema = schema
        types = resolvers.types
        for (kind, fields) in resolvers.rootBindings {
            guard let type = schema.rootType(kind) else {
                strays.append("There are resolvers of \(kind.rawValue) fields, but no such type.")
                continue
            }
            let empty = TypeBinding(fields: [:], makeRows: Rows<NoSource>.make)
            types[type.name, default: empty].fields.merge(fields) { own, _ in own }
        }
        if let type = schema.subscriptionType, types[type.name] == nil {
            var binding = TypeBinding(fields: [:], makeRows: Rows<SubscriptionEvent>.make)
            for field in resolvers.subscriptions.keys { binding.fields[field] = .event }
            types[type.name] = binding
        } else if !resolvers.subscriptions.isEmpty {
            strays.append("There are resolvers of subscription fields, but no such type.")
        }
    }

    /// Fields without resolver, resolvers without field, scalars without type.
    func problems(_ scalars: [CustomScalar]) -> [SchemaProblem] {
        var problems = strays.sorted().map { SchemaProblem($0, at: nil) }
        for case .object(let type) in schema.types.values where !type.name.hasPrefix("__") {
            for field in type.fields.values where types[type.name]?.fields[field.name] == nil {
                problems.append(
                    SchemaProblem(
                        "Field \"\(type.name).\(field.name)\" has no resolver.",
                        at: field.position))
            }
        }
        for (name, binding) in types.sorted(by: { $0.key < $1.key }) {
            guard case .object(let type) = schema.types[name] else {
                problems.append(
                    SchemaProblem("There are resolvers of \"\(name)\", but no such type.", at: nil))
                continue
            }
            for field in binding.fields.keys.sorted() where type.fields[field] == nil {
                problems.append(
                    SchemaProblem(
                        "There is a resolver of \"\(name).\(field)\", but no such field.", at: nil))
            }
        }
        for scalar in scalars {
            if case .scalar = schema.types[scalar.name] { continue }
            problems.append(
                SchemaProblem(
                    "There are rules of the scalar \"\(scalar.name)\", but no such type.", at: nil))
        }
        return problems
    }
}

/// The source of the root object when a subscription's event is executed.
struct SubscriptionEvent: Sendable {
    let value: Resolved
}

extension FieldResolver {
    /// Gives the event itself.
    static let event = FieldResolver.read { rows, _ in
        guard let rows = rows as? Rows<SubscriptionEvent> else { return nil }
        return PropertyReader(rows) { $0.value }
    }
}
