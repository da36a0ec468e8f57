/// How values of a scalar that the specification does not define are read and written.
public struct CustomScalar: Sendable {
    public let name: String
    /// Checks and normalises an input value, literal or JSON. What it throws as a
    /// `GraphQLError` keeps its message.
    public let parse: @Sendable (Value) throws -> Value
    /// Gives the JSON of a resolver's value.
    public let serialize: @Sendable (Resolved) throws -> Value

    public init(
        name: String, parse: @escaping @Sendable (Value) throws -> Value,
        serialize: @escaping @Sendable (Resolved) throws -> Value
    ) {
        self.name = name
        self.parse = parse
        self.serialize = serialize
    }

    /// `UInt64`, 0 to 18446744073709551615: takes an integer or a text of decimal digits, gives a
    /// text of decimal digits, since many JSON readers round integers above 2^53.
    public static let uint64 = CustomScalar(
        name: "UInt64",
        parse: { value in
            if let number = unsigned(value) { return Value(unsigned: number) }
            throw GraphQLError(
                "UInt64 must be a whole number from 0 to 18446744073709551615, as an integer or "
                    + "a text of decimal digits. \(fault(of: value))",
                code: ErrorCode.badUserInput)
        },
        serialize: { value in
            switch value {
            case .uint64(let number): return .string(String(number))
            case .int(let number) where number >= 0: return .string(String(number))
            case .string(let text): if let number = decimal(text) { return .string(String(number)) }
            case .value(let value):
                if let number = unsigned(value) { return .string(String(number)) }
            default: break
            }
            throw GraphQLError(
                "UInt64 cannot represent the value of this field.", code: ErrorCode.internalError)
        })

    private static func fault(of value: Value) -> String {
        switch value {
        case .int(let number) where number < 0: "Input must be unsigned, but is \(number)."
        case .string(let text) where text.hasPrefix("-"): "Input must be unsigned."
        case .double(let number): "\(number) is not an integer."
        default: "The value cannot be converted to an unsigned integer."
        }
    }

    private static func unsigned(_ value: Value) -> UInt64? {
        switch value {
        case .int(let number): UInt64(exactly: number)
        case .uint64(let number): number
        case .string(let text): decimal(text)
        default: nil
        }
    }

    private static func decimal(_ text: String) -> UInt64? {
        guard text.utf8.count <= 20, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            return nil
        }
        return UInt64(text)
    }
}
