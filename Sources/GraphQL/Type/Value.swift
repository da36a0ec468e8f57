public import OrderedCollections

/// An input value after coercion, and any JSON value on its way in or out.
public enum Value: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int64)
    /// Only for integers above `Int64.max`; smaller ones are `int`.
    case uint64(UInt64)
    case double(Double)
    case string(String)
    case enumCase(String)
    case list([Value])
    case object(OrderedDictionary<String, Value>)

    /// An unsigned integer in its one representation.
    public init(unsigned: UInt64) {
        if let small = Int64(exactly: unsigned) {
            self = .int(small)
        } else {
            self = .uint64(unsigned)
        }
    }

    /// Reads JSON text (RFC 8259) in UTF-8.
    /// - Parameter maxDepth: how deep lists and objects may nest.
    /// - Throws: an error that says where the text is no JSON, or nests deeper.
    public init(json: [UInt8], maxDepth: Int = 128) throws {
        self = try JSONReader.read(json, maxDepth: maxDepth)
    }

    /// The text of a `string` or `enumCase`.
    public var text: String? {
        switch self {
        case .string(let text), .enumCase(let text): text
        default: nil
        }
    }

    /// The member of an object; nil if this is no object or has no such member.
    public subscript(_ key: String) -> Value? {
        if case .object(let members) = self { return members[key] }
        return nil
    }
}

extension Value: CustomStringConvertible {
    /// The value as a GraphQL literal, for messages.
    public var description: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .uint64(let value): String(value)
        case .double(let value): String(value)
        case .string(let value): JSONWriter.quoted(value)
        case .enumCase(let value): value
        case .list(let items): "[" + items.map(\.description).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "}"
        }
    }
}
