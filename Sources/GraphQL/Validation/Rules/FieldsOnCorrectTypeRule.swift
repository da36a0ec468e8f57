import OrderedCollections

/// https://spec.graphql.org/September2025/#sec-Field-Selections
enum FieldsOnCorrectTypeRule {
    static func check(_ field: Field, on parent: NamedType, _ context: ValidationContext) {
        let name = field.name.value
        context.report(
            "Cannot query field \"\(name)\" on type \"\(parent.name)\"."
                + suggestion(name, parent, context.schema),
            at: field.offset)
    }

    private static func suggestion(
        _ name: String, _ parent: NamedType, _ schema: Schema
    ) -> String {
        let types = typesWith(name, parent, schema)
        if !types.isEmpty {
            return Suggestions.sentence("to use an inline fragment on", types.map { "\"\($0)\"" })
        }
        guard let fields = parent.fields else { return "" }
        return Suggestions.didYouMean(nil, name, Array(fields.keys), quoted: true)
    }

    /// Types among the possible ones of an abstract type, and their interfaces, that have the
    /// field; the interfaces first, those that most types implement before the others.
    private static func typesWith(
        _ name: String, _ parent: NamedType, _ schema: Schema
    ) -> [String] {
        var objects: [String] = []
        var interfaces: OrderedDictionary<String, Int> = [:]
        switch parent {
        case .interface, .union: break
        default: return []
        }
        for typeName in schema.possibleTypes(of: parent.name) {
            guard case .object(let type) = schema.types[typeName], type.fields[name] != nil else {
                continue
            }
            objects.append(typeName)
            for interface in type.interfaces
            where schema.types[interface]?.fields?[name] != nil {
                interfaces[interface, default: 0] += 1
            }
        }
        let sorted = interfaces.sorted { $0.value > $1.value }.map(\.key)
        return Array((sorted + objects).prefix(5))
    }
}
