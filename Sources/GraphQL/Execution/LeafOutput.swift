import OrderedCollections

/// Result coercion of scalars and enumerations
/// (https://spec.graphql.org/September2025/#sec-Scalars.Result-Coercion-and-Serialization).
enum LeafOutput: Sendable {
    case int, float, string, boolean, id
    case enumeration(EnumType)
    case custom(CustomScalar)
    /// A custom scalar without rules of its own: any JSON.
    case any

    init(scalar name: String, _ custom: CustomScalar?) {
        switch name {
        case "Int": self = .int
        case "Float": self = .float
        case "String": self = .string
        case "Boolean": self = .boolean
        case "ID": self = .id
        default: self = custom.map { .custom($0) } ?? .any
        }
    }

    /// Writes a value that is not null, or says why it does not fit.
    @inline(__always)
    func write(_ value: Resolved, to writer: inout JSONWriter) throws {
        switch (self, value) {
        case (.string, .string(let text)), (.id, .string(let text)):
            writer.string(text)
        case (.boolean, .bool(let flag)):
            writer.bool(flag)
        case (.int, .int(let number)) where Int32(exactly: number) != nil:
            writer.integer(Int64(number))
        default:
            try writeOther(value, to: &writer)
        }
    }

    private func writeOther(_ value: Resolved, to writer: inout JSONWriter) throws {
        if case .failure(let error) = value { throw error }
        switch self {
        case .int: writer.integer(Int64(try integer(value)))
        case .float: writer.double(try number(value))
        case .string: writer.string(try text(value))
        case .boolean: writer.bool(try flag(value))
        case .id: writer.string(try identifier(value))
        case .enumeration(let type):
            guard let name = Self.text(value), type.values[name] != nil else {
                throw failure("Enum \"\(type.name)\" cannot represent value: \(Self.shown(value))")
            }
            writer.string(name)
        case .custom(let scalar):
            writer.value(try scalar.serialize(value))
        case .any:
            guard let json = Self.json(value) else {
                throw failure("A scalar cannot represent an object's source.")
            }
            writer.value(json)
        }
    }

    private func failure(_ message: String) -> GraphQLError {
        GraphQLError(message, code: ErrorCode.internalError)
    }

    private static func text(_ value: Resolved) -> String? {
        switch value {
        case .string(let text): text
        case .value(let value): value.text
        default: nil
        }
    }

    /// The value as JSON, if it is one.
    static func json(_ value: Resolved) -> Value? {
        switch value {
        case .null: return .null
        case .bool(let flag): return .bool(flag)
        case .int(let number): return .int(Int64(number))
        case .uint64(let number): return Value(unsigned: number)
        case .double(let number): return .double(number)
        case .string(let text): return .string(text)
        case .value(let value): return value
        case .list(let items):
            var values: [Value] = []
            for item in items {
                guard let value = json(item) else { return nil }
                values.append(value)
            }
            return .list(values)
        case .object, .sources, .typed, .failure: return nil
        }
    }

    /// The text without white space around it, which numbers in texts may have.
    private static func trimmed(_ text: String) -> Substring {
        var rest = text[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }

    private static func shown(_ value: Resolved) -> String {
        json(value)?.description ?? "an object"
    }

    private func integer(_ value: Resolved) throws -> Int32 {
        switch Self.json(value) {
        case .bool(let flag)?: return flag ? 1 : 0
        case .int(let number)?:
            if let small = Int32(exactly: number) { return small }
            throw failure("Int cannot represent non 32-bit signed integer value: \(number)")
        case .double(let number)?:
            if let small = Int32(exactly: number) { return small }
        case .string(let text)?:
            if let number = Int32(Self.trimmed(text)) { return number }
        default: break
        }
        throw failure("Int cannot represent non-integer value: \(Self.shown(value))")
    }

    private func number(_ value: Resolved) throws -> Double {
        switch Self.json(value) {
        case .bool(let flag)?: return flag ? 1 : 0
        case .int(let number)?: return Double(number)
        case .uint64(let number)?: return Double(number)
        case .double(let number)? where number.isFinite: return number
        case .string(let text)?:
            if let number = Double(Self.trimmed(text)), number.isFinite { return number }
        default: break
        }
        throw failure("Float cannot represent non numeric value: \(Self.shown(value))")
    }

    private func text(_ value: Resolved) throws -> String {
        switch Self.json(value) {
        case .string(let text)?, .enumCase(let text)?: return text
        case .bool(let flag)?: return flag ? "true" : "false"
        case .int(let number)?: return String(number)
        case .uint64(let number)?: return String(number)
        case .double(let number)? where number.isFinite: return String(number)
        default: throw failure("String cannot represent value: \(Self.shown(value))")
        }
    }

    private func flag(_ value: Resolved) throws -> Bool {
        switch Self.json(value) {
        case .bool(let flag)?: return flag
        case .int(let number)?: return number != 0
        case .double(let number)? where number.isFinite: return number != 0
        default:
            throw failure("Boolean cannot represent a non boolean value: \(Self.shown(value))")
        }
    }

    private func identifier(_ value: Resolved) throws -> String {
        switch Self.json(value) {
        case .string(let text)?, .enumCase(let text)?: return text
        case .int(let number)?: return String(number)
        case .uint64(let number)?: return String(number)
        case .double(let number)?:
            if let whole = Int64(exactly: number) { return String(whole) }
        default: break
        }
        throw failure("ID cannot represent value: \(Self.shown(value))")
    }
}

/// The built-in scalars whose values the writer recognises at once.
enum PlainLeaf {
    case text, int, float, boolean, none

    init(_ output: LeafOutput) {
        switch output {
        case .string, .id: self = .text
        case .int: self = .int
        case .float: self = .float
        case .boolean: self = .boolean
        case .enumeration, .custom, .any: self = .none
        }
    }
}
