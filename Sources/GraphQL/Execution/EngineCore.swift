import OrderedCollections

typealias FieldGuard = @Sendable (Arguments, any Sendable) async throws -> Resolved?

/// A field's resolver and the guard in front of it.
struct FieldBinding: Sendable {
    let resolver: FieldResolver
    let check: FieldGuard?
}

/// What execution needs to know of an engine, with the context's type erased.
final class EngineCore: Sendable {
    let schema: Schema
    let input: InputCoercion
    let types: [String: TypeBinding]
    let guards: [String: [String: FieldGuard]]

    init(
        schema: Schema, scalars: [String: CustomScalar], types: [String: TypeBinding],
        guards: [String: [String: FieldGuard]]
    ) {
        self.schema = schema
        input = InputCoercion(schema: schema, scalars: scalars)
        var types = types
        types.merge(Introspection.bindings(schema)) { _, own in own }
        self.types = types
        self.guards = guards
    }

    func binding(_ field: String, of type: ObjectType) -> FieldBinding? {
        if field == "__typename" { return FieldBinding(resolver: .typename, check: nil) }
        if field.hasPrefix("__"), let resolver = types["__Meta"]?.fields[field] {
            return FieldBinding(resolver: resolver, check: nil)
        }
        guard let resolver = types[type.name]?.fields[field] else { return nil }
        return FieldBinding(resolver: resolver, check: guards[type.name]?[field])
    }

    /// https://spec.graphql.org/September2025/#CoerceArgumentValues()
    func arguments(
        _ definition: FieldDefinition, _ nodes: [Argument], variables: [String: Value]
    ) -> Result<Arguments, ArgumentFailure> {
        if definition.arguments.isEmpty { return .success(Arguments()) }
        var values = OrderedDictionary<String, Value>(
            minimumCapacity: definition.arguments.count)
        for argument in definition.arguments {
            let node = nodes.first { $0.name.value == argument.name }?.value
            do {
                let value = try input.coerce(
                    node, to: argument.type, default: argument.defaultNode, variables: variables)
                if let value {
                    values[argument.name] = value
                } else if argument.type.isNonNull {
                    return .failure(missing(argument, node))
                }
            } catch {
                return .failure(
                    ArgumentFailure(
                        message: "Argument \"\(error.place(in: argument.name))\" has invalid value"
                            + (node.map { " \($0.untyped)" } ?? "") + ". \(error.message)",
                        offset: node?.offset))
            }
        }
        return .success(Arguments(values))
    }

    private func missing(_ argument: InputValue, _ node: ValueNode?) -> ArgumentFailure {
        var reason = "was not provided."
        if case .variable(let name)? = node?.kind {
            reason =
                "was provided the variable \"$\(name)\" which was not provided a runtime value."
        }
        return ArgumentFailure(
            message:
                "Argument \"\(argument.name)\" of required type \"\(argument.type)\" \(reason)",
            offset: node?.offset)
    }
}

/// An argument that does not fit, and where in the document its value stands, if it is there.
struct ArgumentFailure: Error {
    let message: String
    let offset: Int32?

    func error(in source: Source) -> GraphQLError {
        GraphQLError(
            message, code: ErrorCode.badUserInput,
            locations: offset.map { [source.location(at: $0)] } ?? [])
    }
}
