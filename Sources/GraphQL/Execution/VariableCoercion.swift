import OrderedCollections

/// https://spec.graphql.org/September2025/#CoerceVariableValues()
struct VariableCoercion {
    let input: InputCoercion
    let document: Document

    /// Variables without a value and without a default are absent from the result.
    /// Throws `RequestFailure` with an error for each variable that does not fit.
    func coerce(
        _ definitions: [VariableDefinition], _ given: OrderedDictionary<String, Value>
    ) throws -> [String: Value] {
        var result: [String: Value] = [:]
        var errors: [GraphQLError] = []
        for definition in definitions {
            do {
                let name = definition.name.value
                if let value = try coerce(definition, given[name]) { result[name] = value }
            } catch let error as GraphQLError {
                errors.append(error)
            }
        }
        if !errors.isEmpty { throw RequestFailure(errors: errors) }
        return result
    }

    private func coerce(_ definition: VariableDefinition, _ given: Value?) throws -> Value? {
        let name = definition.name.value
        let type = definition.reference
        func failure(_ message: String) -> GraphQLError {
            GraphQLError(
                message, code: ErrorCode.badUserInput,
                locations: [document.source.location(at: definition.offset)])
        }
        guard let given else {
            if let node = definition.defaultValue {
                do {
                    return try input.coerce(node, to: type, variables: [:])
                } catch {
                    throw failure("Variable \"$\(name)\" has an invalid default: \(error.message)")
                }
            }
            if type.isNonNull {
                throw failure(
                    "Variable \"$\(name)\" of required type \"\(type)\" was not provided.")
            }
            return nil
        }
        if given == .null, type.isNonNull {
            throw failure("Variable \"$\(name)\" of non-null type \"\(type)\" must not be null.")
        }
        do {
            return try input.coerce(given, to: type)
        } catch {
            let inner = error.path.reduce(Optional(given)) { value, element in
                switch (element, value) {
                case (.key(let key), let value?): value[key]
                case (.index(let index), .list(let items)?) where items.indices.contains(index):
                    items[index]
                default: value
                }
            }
            let place = error.path.isEmpty ? "" : " at \"\(error.place(in: name))\""
            throw failure(
                "Variable \"$\(name)\" got invalid value \(inner ?? given)\(place); "
                    + error.message)
        }
    }
}
