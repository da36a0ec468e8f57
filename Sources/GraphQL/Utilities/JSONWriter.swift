import OrderedCollections

/// Appends JSON to a byte buffer of its own (RFC 8259).
struct JSONWriter: ~Copyable {
    private var base: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int = 256) {
        self.capacity = max(capacity, 64)
        base = .allocate(capacity: self.capacity)
    }

    deinit { base.deallocate() }

    /// What was written.
    var bytes: [UInt8] { Array(UnsafeBufferPointer(start: base, count: count)) }

    /// Whether the last bytes written are these.
    func ends(with text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count >= length else { return false }
        return (0..<length).allSatisfy { base[count - length + $0] == text.utf8Start[$0] }
    }

    static func quoted(_ text: String) -> String {
        var writer = JSONWriter(capacity: text.utf8.count + 16)
        writer.string(text)
        return String(
            decoding: UnsafeBufferPointer(start: writer.base, count: writer.count), as: UTF8.self)
    }

    /// Forgets what was written after a position; later positions are ignored.
    mutating func takeBack(to position: Int) { count = min(count, max(position, 0)) }

    /// Makes room; after it, `extra` bytes may be written without checks.
    @inline(__always)
    private mutating func reserve(_ extra: Int) {
        if capacity - count < extra { grow(extra) }
    }

    @inline(never)
    private mutating func grow(_ extra: Int) {
        let larger = max(capacity * 2, count + extra)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        moved.update(from: base, count: count)
        base.deallocate()
        base = moved
        capacity = larger
    }

    @inline(__always)
    mutating func byte(_ byte: UInt8) {
        reserve(1)
        base[count] = byte
        count += 1
    }

    mutating func raw(_ buffer: UnsafeBufferPointer<UInt8>) {
        guard let start = buffer.baseAddress, !buffer.isEmpty else { return }
        reserve(buffer.count)
        (base + count).update(from: start, count: buffer.count)
        count += buffer.count
    }

    @inline(__always)
    mutating func raw(_ array: [UInt8]) { array.withUnsafeBufferPointer { raw($0) } }

    /// What another writer has written, from a position on.
    mutating func raw(_ other: borrowing JSONWriter, from position: Int) {
        guard position < other.count else { return }
        raw(UnsafeBufferPointer(start: other.base + position, count: other.count - position))
    }

    @inline(__always)
    mutating func literal(_ text: StaticString) { text.withUTF8Buffer { raw($0) } }

    mutating func string(_ text: String) {
        if text.utf8.withContiguousStorageIfAvailable({ quoted($0) }) == nil {
            var copy = text
            copy.withUTF8 { quoted($0) }
        }
    }

    /// Copies eight bytes at a time for as long as none of them needs an escape.
    private mutating func quoted(_ text: UnsafeBufferPointer<UInt8>) {
        reserve(text.count + 2)
        base[count] = 0x22
        count += 1
        var index = 0
        if let start = UnsafeRawPointer(text.baseAddress) {
            while text.count - index >= 8 {
                let word = start.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                if Self.needsEscape(word) { break }
                UnsafeMutableRawPointer(base + count).storeBytes(of: word, as: UInt64.self)
                count += 8
                index += 8
            }
        }
        while index < text.count {
            let byte = text[index]
            if Self.needsEscape(byte) {
                escape(byte)
                reserve(text.count - index + 1)
            } else {
                base[count] = byte
                count += 1
            }
            index += 1
        }
        byte(0x22)
    }

    @inline(__always)
    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x22 || byte == 0x5C
    }

    /// Whether any of eight bytes needs an escape. Subtracting borrows into the top bit of a byte
    /// that is smaller than what is subtracted, and only of that, as long as it is the lowest such.
    @inline(__always)
    private static func needsEscape(_ bytes: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = bytes ^ (ones &* 0x22)
        let backslashes = bytes ^ (ones &* 0x5C)
        let controls = (bytes &- ones &* 0x20) & ~bytes
        return (controls | (quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes)
            & (ones &* 0x80) != 0
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case 0x22: literal("\\\"")
        case 0x5C: literal("\\\\")
        case 0x08: literal("\\b")
        case 0x0C: literal("\\f")
        case 0x0A: literal("\\n")
        case 0x0D: literal("\\r")
        case 0x09: literal("\\t")
        default:
            literal("\\u00")
            for digit in [byte >> 4, byte & 15] {
                self.byte(digit < 10 ? 0x30 + digit : 0x57 + digit)
            }
        }
    }

    mutating func integer(_ value: Int64) {
        if value < 0 { byte(0x2D) }
        unsigned(value.magnitude)
    }

    mutating func unsigned(_ value: UInt64) {
        reserve(20)
        var digits = 1
        var rest = value
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        rest = value
        for place in stride(from: count + digits - 1, through: count, by: -1) {
            base[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += digits
    }

    /// Writes a number; what JSON cannot say (NaN, infinity) becomes `null`.
    mutating func double(_ value: Double) {
        guard value.isFinite else { return literal("null") }
        if abs(value) < 1e15, let whole = Int64(exactly: value) {
            integer(whole)
        } else {
            var text = String(value)
            text.withUTF8 { raw($0) }
        }
    }

    mutating func bool(_ value: Bool) {
        if value { literal("true") } else { literal("false") }
    }

    mutating func value(_ value: Value) {
        switch value {
        case .null: literal("null")
        case .bool(let value): bool(value)
        case .int(let value): integer(value)
        case .uint64(let value): unsigned(value)
        case .double(let value): double(value)
        case .string(let value), .enumCase(let value): string(value)
        case .list(let items):
            byte(0x5B)
            for (index, item) in items.enumerated() {
                if index > 0 { byte(0x2C) }
                self.value(item)
            }
            byte(0x5D)
        case .object(let members):
            byte(0x7B)
            for (index, member) in members.enumerated() {
                if index > 0 { byte(0x2C) }
                string(member.key)
                byte(0x3A)
                self.value(member.value)
            }
            byte(0x7D)
        }
    }
}

extension JSONWriter {
    /// Writes an error in the order message, locations, path, extensions.
    mutating func error(_ error: GraphQLError) {
        literal("{\"message\":")
        string(error.message)
        if !error.locations.isEmpty {
            literal(",\"locations\":[")
            for (index, location) in error.locations.enumerated() {
                if index > 0 { byte(0x2C) }
                literal("{\"line\":")
                integer(Int64(location.line))
                literal(",\"column\":")
                integer(Int64(location.column))
                byte(0x7D)
            }
            byte(0x5D)
        }
        if let path = error.path {
            literal(",\"path\":[")
            for (index, element) in path.enumerated() {
                if index > 0 { byte(0x2C) }
                switch element {
                case .key(let key): string(key)
                case .index(let index): integer(Int64(index))
                }
            }
            byte(0x5D)
        }
        if !error.extensions.isEmpty {
            literal(",\"extensions\":")
            value(.object(error.extensions))
        }
        byte(0x7D)
    }

    /// Writes `[...]` of errors.
    mutating func errors(_ errors: [GraphQLError]) {
        byte(0x5B)
        for (index, error) in errors.enumerated() {
            if index > 0 { byte(0x2C) }
            self.error(error)
        }
        byte(0x5D)
    }
}
