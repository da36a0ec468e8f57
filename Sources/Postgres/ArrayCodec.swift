#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// A type whose arrays can be bound and read.
public protocol PostgresArrayElement: Sendable {
    /// The type of an array of these.
    static var postgresArrayType: PostgresType { get }
    /// Appends the binary form of an array.
    static func encodeArray(_ elements: [Self], into buffer: inout [UInt8])
    /// Reads an array.
    static func decodeArray(_ field: PostgresField) throws -> [Self]
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
    public static var postgresType: PostgresType { Element.postgresArrayType }

    public func encode(into buffer: inout [UInt8]) {
        Element.encodeArray(self, into: &buffer)
    }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    public static func decode(_ field: PostgresField) throws -> [Element] {
        try Element.decodeArray(field)
    }
}

extension PostgresArrayElement where Self: PostgresEncodable & PostgresDecodable {
    public static func encodeArray(_ elements: [Self], into buffer: inout [UInt8]) {
        ArrayForm.encode(elements.lazy.map(Optional.some), into: &buffer)
    }

    public static func decodeArray(_ field: PostgresField) throws -> [Self] {
        try ArrayForm.decode(field)
    }
}

/// The binary form of arrays (`array_send` in PostgreSQL's src/backend/utils/adt/arrayfuncs.c):
/// dimensions, a flag for NULLs, the element type, then for each dimension its length and first
/// index, then the elements with their lengths.
private enum ArrayForm {
    static func encode<Element: PostgresEncodable>(
        _ elements: some RandomAccessCollection<Element?>, into buffer: inout [UInt8]
    ) {
        buffer.append(bigEndian: Int32(elements.isEmpty ? 0 : 1))
        buffer.append(bigEndian: Int32(elements.contains { $0 == nil } ? 1 : 0))
        buffer.append(bigEndian: Element.postgresType.oid)
        guard !elements.isEmpty else { return }
        buffer.append(bigEndian: Int32(clamping: elements.count))
        buffer.append(bigEndian: Int32(1))
        for element in elements {
            guard let element else {
                buffer.append(bigEndian: Int32(-1))
                continue
            }
            let start = buffer.count
            buffer.append(bigEndian: Int32(0))
            element.encode(into: &buffer)
            let length = Int32(clamping: buffer.count - start - 4)
            buffer.withUnsafeMutableBytes {
                $0.storeBytes(of: length.bigEndian, toByteOffset: start, as: Int32.self)
            }
        }
    }

    static func decode<Element: PostgresDecodable>(_ field: PostgresField) throws -> [Element] {
        guard field.type.mayBeArray else { throw field.mismatch([Element].self) }
        var reader = ArrayReader(bytes: field.bytes)
        let dimensions = try reader.int32()
        _ = try reader.int32()
        let type = PostgresType(oid: UInt32(bitPattern: try reader.int32()))
        guard dimensions > 0 else { return [] }
        guard dimensions == 1 else { throw PostgresError.decoding("array of several dimensions") }
        let count = max(0, Int(try reader.int32()))
        _ = try reader.int32()
        var elements: [Element] = []
        // Every element has a length of four bytes at least, which bounds a wrong count.
        elements.reserveCapacity(min(count, field.bytes.count / 4))
        for _ in 0..<count {
            if let bytes = try reader.element() {
                elements.append(try Element.decode(PostgresField(type: type, bytes: bytes)))
            } else {
                elements.append(try Element.decodeNull())
            }
        }
        return elements
    }
}

private struct ArrayReader {
    let bytes: UnsafeRawBufferPointer
    var offset = 0

    init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    mutating func int32() throws -> Int32 {
        let part = try take(4)
        return Int32(bigEndian: part.loadUnaligned(as: Int32.self))
    }

    /// The next element; `nil` is NULL.
    mutating func element() throws -> UnsafeRawBufferPointer? {
        let length = try int32()
        return length < 0 ? nil : try take(Int(length))
    }

    private mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
        guard count <= bytes.count - offset else {
            throw PostgresError.decoding("array cut short")
        }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }
}

extension Bool: PostgresArrayElement {
    public static var postgresArrayType: PostgresType { .boolArray }
}

extension Int: PostgresArrayElement {
    public static var postgresArrayType: PostgresType { .int8Array }
}

extension Int64: PostgresArrayElement {
    public static var postgresArrayType: PostgresType { .int8Array }
}

extension Int32: PostgresArrayElement {
    public static var postgresArrayType: PostgresType { .int4Array }
}

extension Int16: PostgresArrayElement {
    public static var postgresArrayType: PostgresType { .int2Array }
}

extension UInt64: PostgresArrayElement {
    public static var postgresArrayType: PostgresType { .numericArray }
}

extension Double: PostgresArrayElement {
    public static var postgresArrayType: PostgresType { .float8Array }
}

extension String: PostgresArrayElement {
    public static var postgresArrayType: PostgresType { .textArray }
}

extension UUID: PostgresArrayElement {
    public static var postgresArrayType: PostgresType { .uuidArray }
}

extension JSONB: PostgresArrayElement {
    public static var postgresArrayType: PostgresType { .jsonbArray }
}

extension Timestamp: PostgresArrayElement {
    public static var postgresArrayType: PostgresType { .timestamptzArray }
}

/// An array of bytes is `bytea`, not an array.
extension UInt8: PostgresArrayElement {
    public static var postgresArrayType: PostgresType { .bytea }

    public static func encodeArray(_ elements: [UInt8], into buffer: inout [UInt8]) {
        buffer.append(contentsOf: elements)
    }

    public static func decodeArray(_ field: PostgresField) throws -> [UInt8] {
        guard field.type == .bytea else { throw field.mismatch([UInt8].self) }
        return [UInt8](field.bytes)
    }
}

extension Array: PostgresArrayElement where Element == UInt8 {
    public static var postgresArrayType: PostgresType { .byteaArray }
}

/// Arrays whose elements may be NULL.
extension Optional: PostgresArrayElement
where Wrapped: PostgresArrayElement & PostgresEncodable & PostgresDecodable {
    public static var postgresArrayType: PostgresType { Wrapped.postgresArrayType }

    public static func encodeArray(_ elements: [Wrapped?], into buffer: inout [UInt8]) {
        ArrayForm.encode(elements, into: &buffer)
    }

    public static func decodeArray(_ field: PostgresField) throws -> [Wrapped?] {
        try ArrayForm.decode(field)
    }
}
