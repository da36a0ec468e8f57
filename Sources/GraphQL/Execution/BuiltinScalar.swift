/// The five scalars of the specification
/// (https://spec.graphql.org/September2025/#sec-Scalars.Built-in-Scalars).
enum BuiltinScalar {
    static func parse(_ name: String, _ value: Value) throws(InputError) -> Value {
        switch (name, value) {
        case ("Int", .int(let number)):
            if Int32(exactly: number) != nil { return value }
            throw InputError(
                message: "Int cannot represent non 32-bit signed integer value: \(value)")
        case ("Int", .double(let number)):
            if let whole = Int32(exactly: number) { return .int(Int64(whole)) }
            throw InputError(message: "Int cannot represent non-integer value: \(value)")
        case ("Int", .uint64):
            throw InputError(
                message: "Int cannot represent non 32-bit signed integer value: \(value)")
        case ("Int", _):
            throw InputError(message: "Int cannot represent non-integer value: \(value)")
        case ("Float", .double(let number)) where number.isFinite:
            return value
        case ("Float", .int(let number)):
            return .double(Double(number))
        case ("Float", .uint64(let number)):
            return .double(Double(number))
        case ("Float", _):
            throw InputError(message: "Float cannot represent non numeric value: \(value)")
        case ("String", .string), ("Boolean", .bool), ("ID", .string):
            return value
        case ("String", _):
            throw InputError(message: "String cannot represent a non string value: \(value)")
        case ("Boolean", _):
            throw InputError(message: "Boolean cannot represent a non boolean value: \(value)")
        case (_, .int(let number)):
            return .string(String(number))
        case (_, .uint64(let number)):
            return .string(String(number))
        case (_, .double(let number)) where Int64(exactly: number) != nil:
            // JSON does not tell 3 from 3.0.
            return .string(String(Int64(number)))
        default:
            throw InputError(message: "ID cannot represent value: \(value)")
        }
    }
}

extension BuiltinScalar {
    /// Literals are narrower than JSON: `1.0` is no `Int`, since the document says `Float`.
    static func parse(_ name: String, literal node: ValueNode) throws(InputError) -> Value {
        switch (name, node.kind) {
        case ("Int", .int), ("Float", .int), ("Float", .float), ("String", .string),
            ("Boolean", .bool), ("ID", .string):
            return try parse(name, node.untyped)
        case ("ID", .int(let text)):
            return .string(text)
        case ("Int", _):
            throw InputError(message: "Int cannot represent non-integer value: \(node.printed)")
        case ("Float", _):
            throw InputError(message: "Float cannot represent non numeric value: \(node.printed)")
        case ("String", _):
            throw InputError(
                message: "String cannot represent a non string value: \(node.printed)")
        case ("Boolean", _):
            throw InputError(
                message: "Boolean cannot represent a non boolean value: \(node.printed)")
        default:
            throw InputError(
                message: "ID cannot represent a non-string and non-integer value: "
                    + node.printed)
        }
    }
}
