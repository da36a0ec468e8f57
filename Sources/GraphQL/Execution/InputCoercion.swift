import OrderedCollections

/// Why an input value does not fit its type, and where inside the value.
struct InputError: Error {
    let message: String
    var path: [GraphQLError.PathElement] = []

    func inside(_ element: GraphQLError.PathElement) -> InputError {
        InputError(message: message, path: [element] + path)
    }

    /// `name.field[3]`, for messages.
    func place(in name: String) -> String {
        path.reduce(into: name) { text, element in
            switch element {
            case .key(let key): text += ".\(key)"
            case .index(let index): text += "[\(index)]"
            }
        }
    }
}

/// Input coercion (https://spec.graphql.org/September2025/#sec-Scalars.Input-Coercion and the
/// sections of the other input types).
struct InputCoercion: Sendable {
    let schema: Schema
    let scalars: [String: CustomScalar]

    // MARK: JSON values

    /// Coerces a value from JSON; it has passed no check yet.
    func coerce(_ value: Value, to type: TypeReference) throws(InputError) -> Value {
        switch type {
        case .nonNull(let inner):
            if value == .null {
                throw InputError(
                    message: "Expected non-nullable type \"\(type)\" not to be null.")
            }
            return try coerce(value, to: inner)
        case .list(let inner):
            if value == .null { return .null }
            guard case .list(let items) = value else {
                return .list([try coerce(value, to: inner)])
            }
            var result: [Value] = []
            result.reserveCapacity(items.count)
            for (index, item) in items.enumerated() {
                do {
                    result.append(try coerce(item, to: inner))
                } catch {
                    throw error.inside(.index(index))
                }
            }
            return .list(result)
        case .named(let name):
            if value == .null { return .null }
            return try coerce(value, toNamed: name)
        }
    }

    private func coerce(_ value: Value, toNamed name: String) throws(InputError) -> Value {
        switch schema.types[name] {
        case .scalar: return try scalar(name, value)
        case .enumeration(let type):
            guard case .string(let text) = value else {
                throw InputError(
                    message: "Enum \"\(name)\" cannot represent non-string value: \(value)."
                        + suggestEnum(value, type))
            }
            guard type.values[text] != nil else {
                throw InputError(
                    message: "Value \"\(text)\" does not exist in \"\(name)\" enum."
                        + Suggestions.didYouMean(
                            "the enum value", text, Array(type.values.keys), quoted: true))
            }
            return .enumCase(text)
        case .inputObject(let type):
            guard case .object(let members) = value else {
                throw InputError(message: "Expected type \"\(name)\" to be an object.")
            }
            return .object(try object(members, type))
        default:
            throw InputError(message: "\"\(name)\" is not an input type.")
        }
    }

    private func suggestEnum(_ value: Value, _ type: EnumType) -> String {
        guard let text = value.text else { return "" }
        return Suggestions.didYouMean(
            "the enum value", text, Array(type.values.keys), quoted: true)
    }

    private func object(
        _ members: OrderedDictionary<String, Value>, _ type: InputObjectType
    ) throws(InputError) -> OrderedDictionary<String, Value> {
        var result = OrderedDictionary<String, Value>(
            minimumCapacity: min(members.count, type.fields.count))
        for field in type.fields.values {
            guard let value = members[field.name] else {
                if let node = field.defaultNode {
                    result[field.name] = try coerce(node, to: field.type, variables: [:])
                } else if field.type.isNonNull {
                    throw InputError(
                        message: "Field \"\(field.name)\" of required type \"\(field.type)\" "
                            + "was not provided.")
                }
                continue
            }
            do {
                result[field.name] = try coerce(value, to: field.type)
            } catch {
                throw error.inside(.key(field.name))
            }
        }
        for name in members.keys where type.fields[name] == nil {
            throw InputError(
                message: "Field \"\(name)\" is not defined by type \"\(type.name)\"."
                    + Suggestions.didYouMean(nil, name, Array(type.fields.keys), quoted: true))
        }
        try checkOneOf(result, type)
        return result
    }

    private func checkOneOf(
        _ members: OrderedDictionary<String, Value>, _ type: InputObjectType
    ) throws(InputError) {
        guard type.isOneOf else { return }
        guard members.count == 1, let only = members.elements.first else {
            throw InputError(
                message: "Exactly one key must be specified for OneOf type \"\(type.name)\".")
        }
        if only.value == .null {
            throw InputError(message: "Field \"\(only.key)\" must be non-null.")
                .inside(.key(only.key))
        }
    }

    // MARK: Literals

    /// Coerces a literal; variables in it have been coerced to their own types before. A variable
    /// without a value is handled by the caller, except inside lists, where it is null.
    func coerce(
        _ node: ValueNode, to type: TypeReference, variables: [String: Value]
    ) throws(InputError) -> Value {
        if case .variable(let name) = node.kind {
            let value = variables[name] ?? .null
            if value == .null, type.isNonNull {
                throw InputError(
                    message: "Expected non-nullable type \"\(type)\" not to be null.")
            }
            return value
        }
        switch type {
        case .nonNull(let inner):
            if case .null = node.kind {
                throw InputError(
                    message: "Expected value of type \"\(type)\", found null.")
            }
            return try coerce(node, to: inner, variables: variables)
        case .list(let inner):
            if case .null = node.kind { return .null }
            guard case .list(let items) = node.kind else {
                return .list([try coerce(node, to: inner, variables: variables)])
            }
            var result: [Value] = []
            for item in items {
                result.append(try coerce(item, to: inner, variables: variables))
            }
            return .list(result)
        case .named(let name):
            if case .null = node.kind { return .null }
            return try coerce(node, toNamed: name, variables)
        }
    }

    private func coerce(
        _ node: ValueNode, toNamed name: String, _ variables: [String: Value]
    ) throws(InputError) -> Value {
        switch schema.types[name] {
        case .scalar:
            if BuiltinSDL.scalarNames.contains(name) {
                return try BuiltinScalar.parse(name, literal: node)
            }
            return try scalar(name, node.untyped { variables[$0] })
        case .enumeration(let type):
            guard case .enumCase(let text) = node.kind, type.values[text] != nil else {
                throw InputError(
                    message: "Value \(node.untyped) does not exist in \"\(name)\" enum.")
            }
            return .enumCase(text)
        case .inputObject(let type):
            guard case .object(let nodes) = node.kind else {
                throw InputError(message: "Expected type \"\(name)\" to be an object.")
            }
            var result: OrderedDictionary<String, Value> = [:]
            for field in type.fields.values {
                let given = nodes.first { $0.name.value == field.name }
                if let value = try coerce(
                    given?.value, to: field.type, default: field.defaultNode, variables: variables)
                {
                    result[field.name] = value
                } else if field.type.isNonNull {
                    throw InputError(
                        message: "Field \"\(field.name)\" of required type \"\(field.type)\" "
                            + "was not provided.")
                }
            }
            try checkOneOf(result, type)
            return .object(result)
        default:
            throw InputError(message: "\"\(name)\" is not an input type.")
        }
    }

    /// The value of an argument or input field: what is given, else the default, else nothing.
    func coerce(
        _ node: ValueNode?, to type: TypeReference, default defaultNode: ValueNode?,
        variables: [String: Value]
    ) throws(InputError) -> Value? {
        var isGiven = node != nil
        if case .variable(let name)? = node?.kind { isGiven = variables[name] != nil }
        if isGiven, let node { return try coerce(node, to: type, variables: variables) }
        if let defaultNode { return try coerce(defaultNode, to: type, variables: [:]) }
        return nil
    }

    // MARK: Scalars

    private func scalar(_ name: String, _ value: Value) throws(InputError) -> Value {
        if BuiltinSDL.scalarNames.contains(name) { return try BuiltinScalar.parse(name, value) }
        guard let scalar = scalars[name] else { return value }
        do {
            return try scalar.parse(value)
        } catch {
            let message = (error as? GraphQLError)?.message
            throw InputError(
                message: message ?? "Expected value of type \"\(name)\", found \(value).")
        }
    }
}

extension InputCoercion {
    /// Checks a scalar's literal for validation. A custom scalar's literal with variables in it
    /// is left to execution.
    func check(_ node: ValueNode, scalar name: String) throws(InputError) {
        if BuiltinSDL.scalarNames.contains(name) {
            // As graphql-js, validation lets pass a float that no double can hold; coercion at
            // execution refuses it.
            if name == "Float", case .float = node.kind { return }
            _ = try BuiltinScalar.parse(name, literal: node)
        } else if scalars[name] != nil, !node.hasVariables {
            _ = try scalar(name, node.untyped)
        }
    }
}
