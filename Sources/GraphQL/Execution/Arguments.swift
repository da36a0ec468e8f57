public import OrderedCollections

/// The coerced arguments of a field, or the members of an input object among them. Defaults are
/// applied; an argument that was not given and has no default is absent, which differs from null.
///
/// The typed accessors throw where the schema does not guarantee the type asked for.
public struct Arguments: Sendable {
    public let values: OrderedDictionary<String, Value>

    public init(_ values: OrderedDictionary<String, Value> = [:]) { self.values = values }

    /// The value of an argument; nil if it is absent.
    public subscript(name: String) -> Value? { values[name] }

    /// Whether the argument was given or has a default, be it null.
    public func contains(_ name: String) -> Bool { values[name] != nil }

    /// Whether the argument is there and null.
    public func isNull(_ name: String) -> Bool { values[name] == .null }

    private func mismatch(_ name: String, _ expected: String) -> GraphQLError {
        GraphQLError(
            "Argument \"\(name)\" is not \(expected).", code: ErrorCode.badUserInput)
    }

    private func required<T>(_ name: String, _ value: T?, _ expected: String) throws -> T {
        guard let value else { throw mismatch(name, expected) }
        return value
    }

    private func present(_ name: String) -> Value? {
        guard let value = values[name], value != .null else { return nil }
        return value
    }

    public func string(_ name: String) throws -> String {
        try required(name, optionalString(name), "a text")
    }

    /// Nil if absent or null. Enum values are texts, too.
    public func optionalString(_ name: String) throws -> String? {
        guard let value = present(name) else { return nil }
        return try required(name, value.text, "a text")
    }

    public func int(_ name: String) throws -> Int {
        try required(name, optionalInt(name), "an integer")
    }

    /// Nil if absent or null.
    public func optionalInt(_ name: String) throws -> Int? {
        guard let value = present(name) else { return nil }
        guard case .int(let number) = value else { throw mismatch(name, "an integer") }
        return Int(number)
    }

    public func uint64(_ name: String) throws -> UInt64 {
        try required(name, optionalUInt64(name), "an unsigned integer")
    }

    /// Nil if absent or null.
    public func optionalUInt64(_ name: String) throws -> UInt64? {
        switch present(name) {
        case nil: return nil
        case .uint64(let number): return number
        case .int(let number): return try required(name, UInt64(exactly: number), "positive")
        default: throw mismatch(name, "an unsigned integer")
        }
    }

    public func bool(_ name: String) throws -> Bool {
        try required(name, optionalBool(name), "true or false")
    }

    /// Nil if absent or null.
    public func optionalBool(_ name: String) throws -> Bool? {
        guard let value = present(name) else { return nil }
        guard case .bool(let flag) = value else { throw mismatch(name, "true or false") }
        return flag
    }

    public func double(_ name: String) throws -> Double {
        try required(name, optionalDouble(name), "a number")
    }

    /// Nil if absent or null.
    public func optionalDouble(_ name: String) throws -> Double? {
        switch present(name) {
        case nil: return nil
        case .double(let number): return number
        case .int(let number): return Double(number)
        case .uint64(let number): return Double(number)
        default: throw mismatch(name, "a number")
        }
    }

    public func object(_ name: String) throws -> Arguments {
        try required(name, optionalObject(name), "an object")
    }

    /// Nil if absent or null.
    public func optionalObject(_ name: String) throws -> Arguments? {
        guard let value = present(name) else { return nil }
        guard case .object(let members) = value else { throw mismatch(name, "an object") }
        return Arguments(members)
    }

    public func list(_ name: String) throws -> [Value] {
        try required(name, optionalList(name), "a list")
    }

    /// Nil if absent or null.
    public func optionalList(_ name: String) throws -> [Value]? {
        guard let value = present(name) else { return nil }
        guard case .list(let items) = value else { throw mismatch(name, "a list") }
        return items
    }
}
