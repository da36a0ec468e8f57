/// A moment, as `timestamptz` holds it: whole microseconds, without a zone of its own.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z; negative before.
    public var microsecondsSinceEpoch: Int64

    /// A moment from its distance to the Unix epoch, in microseconds.
    public init(microsecondsSinceEpoch: Int64) {
        self.microsecondsSinceEpoch = microsecondsSinceEpoch
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microsecondsSinceEpoch < right.microsecondsSinceEpoch
    }
}

extension Timestamp: PostgresEncodable, PostgresDecodable {
    /// PostgreSQL counts from 2000-01-01T00:00:00Z.
    private static let postgresEpoch: Int64 = 946_684_800_000_000

    public static var postgresType: PostgresType { .timestamptz }

    /// Moments too early for `timestamptz` become `-infinity`, which the server keeps apart.
    public func encode(into buffer: inout [UInt8]) {
        let (shifted, overflow) =
            microsecondsSinceEpoch
            .subtractingReportingOverflow(Self.postgresEpoch)
        buffer.append(bigEndian: overflow ? Int64.min : shifted)
    }

    public static func decode(_ field: PostgresField) throws -> Timestamp {
        guard field.type == .timestamptz else { throw field.mismatch(Timestamp.self) }
        let value = try field.integer(Int64.self)
        let (shifted, overflow) = value.addingReportingOverflow(postgresEpoch)
        guard value != .min, value != .max, !overflow else {
            throw PostgresError.decoding("timestamptz is infinite")
        }
        return Timestamp(microsecondsSinceEpoch: shifted)
    }
}

extension Timestamp: CustomStringConvertible {
    /// ISO 8601 in UTC with milliseconds, such as `2022-10-31T15:01:36.000Z`; what is below a
    /// millisecond is cut off.
    public var iso8601Milliseconds: String {
        let milliseconds = microsecondsSinceEpoch.floored(by: 1_000)
        let days = milliseconds.quotient.floored(by: 86_400_000)
        let date = CivilDate(daysSinceEpoch: days.quotient)
        let time = Int(days.remainder)
        // Years of four digits, as they are here, need no text in between.
        guard (0...9999).contains(date.year) else {
            return padded(Int(date.year), 4)
                + Self.text(length: 20) { Self.put(date, time, in: $0) }
        }
        return Self.text(length: 24) { bytes in
            bytes.put(Int(date.year) / 100, at: 0)
            bytes.put(Int(date.year) % 100, at: 2)
            Self.put(date, time, in: .init(rebasing: bytes[4...]))
        }
    }

    private static func text(
        length: Int, _ fill: (UnsafeMutableBufferPointer<UInt8>) -> Void
    ) -> String {
        String(unsafeUninitializedCapacity: length) { bytes in
            fill(.init(rebasing: bytes[..<length]))
            return length
        }
    }

    /// Writes `-10-31T15:01:36.000Z`, of the milliseconds since midnight.
    private static func put(
        _ date: CivilDate, _ time: Int, in bytes: UnsafeMutableBufferPointer<UInt8>
    ) {
        bytes.put("-", date.month, at: 0)
        bytes.put("-", date.day, at: 3)
        bytes.put("T", time / 3_600_000, at: 6)
        bytes.put(":", time / 60_000 % 60, at: 9)
        bytes.put(":", time / 1_000 % 60, at: 12)
        bytes.put(".", time % 1_000 / 10, at: 15)
        bytes[18] = UInt8(ascii: "0") + UInt8(time % 10)
        bytes[19] = UInt8(ascii: "Z")
    }

    public var description: String { iso8601Milliseconds }

    private func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value.magnitude)
        let zeros = String(repeating: "0", count: max(0, width - digits.count))
        return (value < 0 ? "-" : "") + zeros + digits
    }

    /// Far more bytes than any legal form has.
    private static let longestText = 80

    /// Reads `2022-10-31T15:01:36.123456+02:00`: a date, `T` (or a space), a time with optional
    /// seconds and fraction (digits past the sixth are cut off), and a zone, which must be there
    /// (`Z` or an offset). `nil` for anything else, also for dates that no calendar has.
    public init?(iso8601 text: String) {
        guard text.utf8.count <= Self.longestText else { return nil }
        var reader = DigitReader(text)
        guard let year = reader.digits(4), reader.take("-"),
            let month = reader.digits(2), reader.take("-"), let day = reader.digits(2),
            let date = CivilDate(year: Int64(year), month: month, day: day),
            reader.take("T") || reader.take("t") || reader.take(" "),
            let hour = reader.digits(2), hour < 24, reader.take(":"),
            let minute = reader.digits(2), minute < 60
        else { return nil }
        var second = 0
        var fraction = 0
        if reader.take(":") {
            guard let value = reader.digits(2), value < 60 else { return nil }
            second = value
            if reader.take(".") || reader.take(",") {
                guard let value = reader.microseconds() else { return nil }
                fraction = value
            }
        }
        guard let offset = reader.zoneMinutes(), reader.isAtEnd else { return nil }
        let minutes = hour * 60 + minute - offset
        let seconds = date.daysSinceEpoch * 86_400 + Int64(minutes * 60 + second)
        self.init(microsecondsSinceEpoch: seconds * 1_000_000 + Int64(fraction))
    }
}

extension UnsafeMutableBufferPointer<UInt8> {
    /// Writes a sign and a number of two digits.
    fileprivate func put(_ sign: Unicode.Scalar, _ number: Int, at start: Int) {
        self[start] = UInt8(ascii: sign)
        put(number, at: start + 1)
    }

    /// Writes a number of two digits.
    fileprivate func put(_ number: Int, at start: Int) {
        self[start] = UInt8(ascii: "0") + UInt8(number / 10)
        self[start + 1] = UInt8(ascii: "0") + UInt8(number % 10)
    }
}

/// Reads fixed-width fields of ASCII digits.
private struct DigitReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard position < bytes.count, UInt32(bytes[position]) == scalar.value else { return false }
        position += 1
        return true
    }

    private mutating func digit() -> Int? {
        guard position < bytes.count, (48...57).contains(bytes[position]) else { return nil }
        defer { position += 1 }
        return Int(bytes[position]) - 48
    }

    mutating func digits(_ count: Int) -> Int? {
        var value = 0
        for _ in 0..<count {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    mutating func microseconds() -> Int? {
        var value = 0
        var count = 0
        while let digit = digit() {
            if count < 6 { value = value * 10 + digit }
            count += 1
        }
        guard count > 0 else { return nil }
        for _ in 0..<max(0, 6 - count) { value *= 10 }
        return value
    }

    mutating func zoneMinutes() -> Int? {
        if take("Z") || take("z") { return 0 }
        let sign: Int
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = digits(2), hours < 24 else { return nil }
        if isAtEnd { return sign * hours * 60 }
        _ = take(":")
        guard let minutes = digits(2), minutes < 60 else { return nil }
        return sign * (hours * 60 + minutes)
    }
}

/// A date of the proleptic Gregorian calendar. The conversions count years from March, so that the
/// leap day is the last one, and cycles of 400 years (146,097 days).
private struct CivilDate {
    let year: Int64
    let month: Int
    let day: Int

    init?(year: Int64, month: Int, day: Int) {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...12).contains(month), day >= 1, day <= lengths[month - 1] else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// Days from 0000-03-01 to 1970-01-01.
    private static let shift: Int64 = 719_468

    init(daysSinceEpoch: Int64) {
        let (cycle, dayOfCycle) = (daysSinceEpoch + Self.shift).floored(by: 146_097)
        let leapDays = dayOfCycle / 1_460 - dayOfCycle / 36_524 + dayOfCycle / 146_096
        let yearOfCycle = (dayOfCycle - leapDays) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * marchMonth + 2) / 5 + 1)
        month = Int(marchMonth < 10 ? marchMonth + 3 : marchMonth - 9)
        year = cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0)
    }

    var daysSinceEpoch: Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let (cycle, yearOfCycle) = marchYear.floored(by: 400)
        let marchMonth = Int64(month > 2 ? month - 3 : month + 9)
        let dayOfYear = (153 * marchMonth + 2) / 5 + Int64(day) - 1
        let dayOfCycle = yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear
        return cycle * 146_097 + dayOfCycle - Self.shift
    }
}

extension Int64 {
    /// Division that rounds down, with a remainder that is never negative.
    fileprivate func floored(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
