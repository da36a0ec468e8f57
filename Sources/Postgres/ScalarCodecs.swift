#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

extension Bool: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .bool }

    public func encode(into buffer: inout [UInt8]) {
        buffer.append(self ? 1 : 0)
    }

    public static func decode(_ field: PostgresField) throws -> Bool {
        guard field.type == .bool else { throw field.mismatch(Bool.self) }
        return try field.integer(UInt8.self) != 0
    }
}

extension PostgresField {
    /// Any of the integer types, or a whole `numeric`, if the value fits.
    func wholeNumber<Value: FixedWidthInteger>(_: Value.Type) throws -> Value {
        let value: Value?
        switch type {
        case .int8: value = Value(exactly: try integer(Int64.self))
        case .int4: value = Value(exactly: try integer(Int32.self))
        case .int2: value = Value(exactly: try integer(Int16.self))
        case .oid: value = Value(exactly: try integer(UInt32.self))
        case .numeric:
            let number = try NumericCodec.decode(bytes)
            value =
                number.isNegative
                ? Value(exactly: -Int128(number.magnitude))
                : Value(exactly: number.magnitude)
        default: throw mismatch(Value.self)
        }
        guard let value else {
            throw PostgresError.decoding("\(type.label) outside the range of \(Value.self)")
        }
        return value
    }
}

extension Int: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .int8 }

    public func encode(into buffer: inout [UInt8]) {
        buffer.append(bigEndian: Int64(self))
    }

    public static func decode(_ field: PostgresField) throws -> Int {
        try field.wholeNumber(Int.self)
    }
}

extension Int64: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .int8 }

    public func encode(into buffer: inout [UInt8]) {
        buffer.append(bigEndian: self)
    }

    public static func decode(_ field: PostgresField) throws -> Int64 {
        try field.wholeNumber(Int64.self)
    }
}

extension Int32: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .int4 }

    public func encode(into buffer: inout [UInt8]) {
        buffer.append(bigEndian: self)
    }

    public static func decode(_ field: PostgresField) throws -> Int32 {
        try field.wholeNumber(Int32.self)
    }
}

extension Int16: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .int2 }

    public func encode(into buffer: inout [UInt8]) {
        buffer.append(bigEndian: self)
    }

    public static func decode(_ field: PostgresField) throws -> Int16 {
        try field.wholeNumber(Int16.self)
    }
}

/// Bound as `numeric`, which holds the whole range; also read from the integer types.
extension UInt64: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .numeric }

    public func encode(into buffer: inout [UInt8]) {
        NumericCodec.encode(self, into: &buffer)
    }

    public static func decode(_ field: PostgresField) throws -> UInt64 {
        try field.wholeNumber(UInt64.self)
    }
}

extension Double: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .float8 }

    public func encode(into buffer: inout [UInt8]) {
        buffer.append(bigEndian: bitPattern)
    }

    public static func decode(_ field: PostgresField) throws -> Double {
        switch field.type {
        case .float8: Double(bitPattern: try field.integer(UInt64.self))
        case .float4: Double(Float(bitPattern: try field.integer(UInt32.self)))
        default: throw field.mismatch(Double.self)
        }
    }
}

/// Bound as `text`; read from the text types, enumerations and JSON.
extension String: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .text }

    public func encode(into buffer: inout [UInt8]) {
        buffer.append(contentsOf: utf8)
    }

    public static func decode(_ field: PostgresField) throws -> String {
        var bytes = field.bytes
        switch field.type {
        case .text, .varchar, .bpchar, .name, .unknown, .json, .xml: break
        case .jsonb:
            guard bytes.first == 1 else { throw PostgresError.decoding("unknown jsonb version") }
            bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
        case let other where other.oid >= PostgresType.firstUserDefined && !bytes.contains(0): break
        default: throw field.mismatch(String.self)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw PostgresError.decoding("text that is not UTF-8")
        }
        return text
    }
}

extension UUID: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .uuid }

    public func encode(into buffer: inout [UInt8]) {
        withUnsafeBytes(of: uuid) { buffer.append(contentsOf: $0) }
    }

    public static func decode(_ field: PostgresField) throws -> UUID {
        guard field.type == .uuid else { throw field.mismatch(UUID.self) }
        guard field.bytes.count == 16 else { throw PostgresError.decoding("uuid of wrong length") }
        return UUID(uuid: field.bytes.loadUnaligned(as: uuid_t.self))
    }
}

/// A JSON document as text, bound and read as `jsonb`. The server checks that it is JSON.
public struct JSONB: Sendable, Hashable {
    /// The document.
    public var text: String

    /// A document from its text.
    public init(_ text: String) {
        self.text = text
    }
}

extension JSONB: PostgresEncodable, PostgresDecodable {
    public static var postgresType: PostgresType { .jsonb }

    public func encode(into buffer: inout [UInt8]) {
        buffer.append(1)
        buffer.append(contentsOf: text.utf8)
    }

    public static func decode(_ field: PostgresField) throws -> JSONB {
        guard field.type == .jsonb || field.type == .json else { throw field.mismatch(JSONB.self) }
        return JSONB(try String.decode(field))
    }
}
