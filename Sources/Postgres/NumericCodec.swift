/// Whole numbers in the binary form of `numeric`: a count of base-10,000 digits, the weight of the
/// first one, a sign, a display scale, then the digits, each in 16 bits
/// (`numeric_send` in PostgreSQL's src/backend/utils/adt/numeric.c).
enum NumericCodec {
    private static let positive: UInt16 = 0x0000
    private static let negative: UInt16 = 0x4000

    static func encode(_ value: UInt64, into buffer: inout [UInt8]) {
        // 2^64 has five digits of base 10,000.
        var digits: (UInt16, UInt16, UInt16, UInt16, UInt16) = (0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { raw in
            let slots = raw.assumingMemoryBound(to: UInt16.self)
            var rest = value
            var first = slots.count
            while rest > 0 {
                first -= 1
                slots[first] = UInt16(rest % 10_000)
                rest /= 10_000
            }
            let weight = slots.count - first - 1
            var end = slots.count
            while end > first, slots[end - 1] == 0 { end -= 1 }
            buffer.append(bigEndian: Int16(end - first))
            buffer.append(bigEndian: Int16(max(weight, 0)))
            buffer.append(bigEndian: positive)
            buffer.append(bigEndian: UInt16(0))
            for index in first..<end { buffer.append(bigEndian: slots[index]) }
        }
    }

    /// The magnitude and sign of a whole number below 2^64 in magnitude.
    /// - Throws: `.decoding` for fractions, NaN, infinities and larger numbers.
    static func decode(
        _ bytes: UnsafeRawBufferPointer
    ) throws -> (magnitude: UInt64, isNegative: Bool) {
        func word(_ index: Int) throws -> UInt16 {
            guard (index + 1) * 2 <= bytes.count else {
                throw PostgresError.decoding("numeric cut short")
            }
            return UInt16(
                bigEndian: bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
        }
        let count = Int(try word(0))
        let weight = Int(Int16(bitPattern: try word(1)))
        let sign = try word(2)
        guard sign == positive || sign == negative else {
            throw PostgresError.decoding("numeric is not a finite number")
        }
        guard count > 0 else { return (0, false) }
        guard weight >= count - 1 else {
            throw PostgresError.decoding("numeric is not a whole number")
        }
        guard weight < 5 else { throw PostgresError.decoding("numeric beyond 64 bits") }
        var magnitude: UInt64 = 0
        for position in 0...weight {
            let digit = position < count ? UInt64(try word(4 + position)) : 0
            let (scaled, high) = magnitude.multipliedReportingOverflow(by: 10_000)
            let (sum, carry) = scaled.addingReportingOverflow(digit)
            guard !high, !carry else { throw PostgresError.decoding("numeric beyond 64 bits") }
            magnitude = sum
        }
        return (magnitude, sign == negative)
    }
}
