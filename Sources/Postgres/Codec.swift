/// A value that can be bound to a statement, in PostgreSQL's binary format.
public protocol PostgresEncodable: Sendable {
    /// The type the parameter is declared with.
    static var postgresType: PostgresType { get }
    /// Appends the value's binary form, without a length.
    func encode(into buffer: inout [UInt8])
}

/// A value that can be read from a result column, in PostgreSQL's binary format.
public protocol PostgresDecodable: Sendable {
    /// Reads the value.
    /// - Throws: `PostgresError` of kind `.decoding` when the column's type or content does not
    /// fit.
    static func decode(_ field: PostgresField) throws -> Self
    /// What NULL becomes; the default throws.
    static func decodeNull() throws -> Self
}

extension PostgresDecodable {
    /// NULL is an error unless an optional was asked for.
    public static func decodeNull() throws -> Self {
        throw PostgresError.decoding("NULL where \(Self.self) was expected")
    }
}

/// One value of a result, only valid while it is being decoded.
public struct PostgresField {
    /// The column's type.
    public let type: PostgresType
    /// The value's binary form.
    public let bytes: UnsafeRawBufferPointer

    /// The error for a column whose type cannot become `target`.
    public func mismatch(_ target: Any.Type) -> PostgresError {
        .decoding("\(type.label) cannot become \(target)")
    }

    /// A big-endian integer that fills the value exactly.
    func integer<Value: FixedWidthInteger>(_: Value.Type = Value.self) throws -> Value {
        guard bytes.count == MemoryLayout<Value>.size else {
            throw PostgresError.decoding("\(type.label) of \(bytes.count) bytes")
        }
        return Value(bigEndian: bytes.loadUnaligned(as: Value.self))
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    public static func decode(_ field: PostgresField) throws -> Wrapped? {
        try Wrapped.decode(field)
    }

    public static func decodeNull() throws -> Wrapped? { nil }
}

/// Enumerations with a raw value are bound as that value.
extension PostgresEncodable where Self: RawRepresentable, RawValue: PostgresEncodable {
    public static var postgresType: PostgresType { RawValue.postgresType }

    public func encode(into buffer: inout [UInt8]) {
        rawValue.encode(into: &buffer)
    }
}

/// Enumerations with a raw value are read from that value; an unknown one is an error.
extension PostgresDecodable where Self: RawRepresentable, RawValue: PostgresDecodable {
    public static func decode(_ field: PostgresField) throws -> Self {
        guard let value = Self(rawValue: try RawValue.decode(field)) else {
            throw PostgresError.decoding("not a known value of \(Self.self)")
        }
        return value
    }
}

extension [UInt8] {
    /// Appends an integer in network byte order.
    mutating func append<Value: FixedWidthInteger>(bigEndian value: Value) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
