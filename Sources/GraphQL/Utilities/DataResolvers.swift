import OrderedCollections

/// Resolvers that read every field from a JSON value, for `GraphQLCheck`.
enum DataResolvers {
    static func make(_ schema: Schema) -> Resolvers<Value> {
        var resolvers = Resolvers<Value>()
        for case .object(let type) in schema.types.values where !type.name.hasPrefix("__") {
            resolvers.type(type.name, of: Value.self) { builder in
                for field in type.fields.values {
                    builder.field(field.name) { try resolve(field, $0, schema) }
                }
            }
        }
        return resolvers
    }

    private static func resolve(
        _ field: FieldDefinition, _ parent: Value, _ schema: Schema
    ) throws -> Resolved {
        let value = parent[field.name] ?? .null
        return try resolved(value, schema.types[field.type.namedType])
    }

    private static func resolved(_ value: Value, _ type: NamedType?) throws -> Resolved {
        if let text = value["$error"]?.text {
            throw GraphQLError(text, code: ErrorCode.internalError)
        }
        switch (type, value) {
        case (_, .null):
            return .null
        case (_, .list(let items)):
            return .list(
                items.map { item in
                    do {
                        return try resolved(item, type)
                    } catch {
                        return .failure(error)
                    }
                })
        case (.object?, _):
            return .object(value)
        case (.interface?, _), (.union?, _):
            guard let name = value["__typename"]?.text else { return .object(value) }
            return .typed(name, value)
        default:
            return .value(value)
        }
    }
}

extension Engine where Context == Value {
    /// Executes an operation of an engine with `DataResolvers` on a JSON value as the root object.
    public func execute(_ operation: PreparedOperation, data: Value) async -> Response {
        await execute(operation, root: data, context: data)
    }
}
