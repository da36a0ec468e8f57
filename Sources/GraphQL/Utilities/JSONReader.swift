package import OrderedCollections

/// Why a text is no JSON.
package struct JSONError: Error {
    package let message: String
}

/// A strict JSON reader (RFC 8259) that keeps integers exact and bounds nesting. Of members with
/// the same name the last one counts.
package struct JSONReader {
    private let bytes: [UInt8]
    private var position = 0
    private var depthLeft: Int
    private let keepsFractions: Bool

    private init(_ bytes: [UInt8], maxDepth: Int, keepsFractions: Bool = false) {
        self.bytes = bytes
        self.keepsFractions = keepsFractions
        depthLeft = maxDepth
    }

    /// `keepsFractions` makes a `double` of `1.0`, which else is the integer that it equals.
    static func read(
        _ bytes: [UInt8], maxDepth: Int = 128, keepsFractions: Bool = false
    ) throws(JSONError) -> Value {
        var reader = JSONReader(bytes, maxDepth: maxDepth, keepsFractions: keepsFractions)
        let value = try reader.value()
        reader.skipSpace()
        guard reader.position == bytes.count else {
            throw reader.failure("unexpected text after the value")
        }
        return value
    }

    /// The members of an object, each value as it is written, so that numbers stay exact.
    package static func members(
        _ bytes: [UInt8], maxDepth: Int = 128
    ) throws(JSONError) -> OrderedDictionary<String, ArraySlice<UInt8>> {
        var reader = JSONReader(bytes, maxDepth: maxDepth)
        var members: OrderedDictionary<String, ArraySlice<UInt8>> = [:]
        reader.skipSpace()
        guard reader.current == 0x7B else { throw reader.failure("expected an object") }
        try reader.members { (reader, key) throws(JSONError) in
            reader.skipSpace()
            let start = reader.position
            _ = try reader.value()
            members[key] = bytes[start..<reader.position]
        }
        reader.skipSpace()
        guard reader.position == bytes.count else {
            throw reader.failure("unexpected text after the value")
        }
        return members
    }

    private func failure(_ what: String) -> JSONError {
        JSONError(message: "\(what) at byte \(position).")
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        position += 1
        return true
    }

    private mutating func value() throws(JSONError) -> Value {
        skipSpace()
        switch current {
        case 0x7B: return try object()
        case 0x5B: return try list()
        case 0x22: return .string(try string())
        case 0x74:
            try word("true")
            return .bool(true)
        case 0x66:
            try word("false")
            return .bool(false)
        case 0x6E:
            try word("null")
            return .null
        case 0x2D, (0x30...0x39)?: return try number()
        case nil: throw failure("unexpected end")
        default: throw failure("unexpected character")
        }
    }

    private mutating func word(_ text: StaticString) throws(JSONError) {
        let length = text.utf8CodeUnitCount
        let end = position + length
        let isSame =
            end <= bytes.count
            && text.withUTF8Buffer { bytes[position..<end].elementsEqual($0) }
        guard isSame else { throw failure("unexpected character") }
        position = end
    }

    private mutating func enter() throws(JSONError) {
        guard depthLeft > 0 else { throw failure("nested too deep") }
        depthLeft -= 1
        position += 1
        skipSpace()
    }

    private mutating func object() throws(JSONError) -> Value {
        var members: OrderedDictionary<String, Value> = [:]
        try self.members { (reader, key) throws(JSONError) in
            let value = try reader.value()
            // Not before: a body may be full of empty objects.
            if members.isEmpty { members.reserveCapacity(4) }
            members[key] = value
        }
        return .object(members)
    }

    /// Reads an object; `member` reads the value of each name.
    private mutating func members(
        _ member: (inout JSONReader, String) throws(JSONError) -> Void
    ) throws(JSONError) {
        try enter()
        if !take(0x7D) {
            repeat {
                skipSpace()
                guard current == 0x22 else { throw failure("expected a member's name") }
                let key = try string()
                skipSpace()
                guard take(0x3A) else { throw failure("expected a colon") }
                try member(&self, key)
                skipSpace()
            } while take(0x2C)
            guard take(0x7D) else { throw failure("expected a comma or closing brace") }
        }
        depthLeft += 1
    }

    private mutating func list() throws(JSONError) -> Value {
        try enter()
        var items: [Value] = []
        if !take(0x5D) {
            repeat {
                items.append(try value())
                skipSpace()
            } while take(0x2C)
            guard take(0x5D) else { throw failure("expected a comma or closing bracket") }
        }
        depthLeft += 1
        return .list(items)
    }

    // MARK: Numbers

    private mutating func digits() throws(JSONError) {
        guard let byte = current, Lexer.isDigit(byte) else { throw failure("expected a digit") }
        while let byte = current, Lexer.isDigit(byte) { position += 1 }
    }

    private mutating func number() throws(JSONError) -> Value {
        let start = position
        var isInteger = true
        _ = take(0x2D)
        if take(0x30) {
            if let byte = current, Lexer.isDigit(byte) {
                throw failure("a number must not begin with 0")
            }
        } else {
            try digits()
        }
        if take(0x2E) {
            isInteger = false
            try digits()
        }
        if let byte = current, byte | 0x20 == 0x65 {
            isInteger = false
            position += 1
            if current == 0x2B || current == 0x2D { position += 1 }
            try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger { return ValueNode.integer(text) }
        guard let value = Double(text), value.isFinite else {
            throw failure("a number is too large")
        }
        // JSON has one kind of number: 1.0 and 1e2 are whole ones, where that is exact.
        if !keepsFractions, abs(value) <= 9_007_199_254_740_992, let whole = Int64(exactly: value) {
            return .int(whole)
        }
        return .double(value)
    }

    // MARK: Strings

    private mutating func string() throws(JSONError) -> String {
        position += 1
        let start = position
        while let byte = current, byte != 0x22, byte != 0x5C, byte >= 0x20 { position += 1 }
        if current == 0x22 {
            defer { position += 1 }
            return try text(bytes[start..<position])
        }
        var result = Array(bytes[start..<position])
        while let byte = current {
            switch byte {
            case 0x22:
                position += 1
                return try text(result[...])
            case 0x5C:
                result.append(contentsOf: try escape())
            case 0x00..<0x20:
                throw failure("unescaped control character in a string")
            default:
                result.append(byte)
                position += 1
            }
        }
        throw failure("unterminated string")
    }

    private func text(_ slice: ArraySlice<UInt8>) throws(JSONError) -> String {
        guard let text = Self.validated(slice) else {
            throw failure("invalid UTF-8 in a string ending")
        }
        return text
    }

    private static func validated(_ slice: ArraySlice<UInt8>) -> String? {
        guard #available(macOS 26, *) else { return String(validating: slice, as: UTF8.self) }
        // A third of the time that the other one takes.
        guard let span = try? UTF8Span(validating: slice.span) else { return nil }
        return String(copying: span)
    }

    private mutating func escape() throws(JSONError) -> [UInt8] {
        position += 1
        guard let byte = current else { throw failure("unterminated string") }
        position += 1
        switch byte {
        case 0x22, 0x5C, 0x2F: return [byte]
        case 0x62: return [0x08]
        case 0x66: return [0x0C]
        case 0x6E: return [0x0A]
        case 0x72: return [0x0D]
        case 0x74: return [0x09]
        case 0x75: return Array(String(Character(try unicodeEscape())).utf8)
        default: throw failure("unknown escape")
        }
    }

    private mutating func unit() throws(JSONError) -> UInt32 {
        guard position + 4 <= bytes.count,
            bytes[position..<position + 4].allSatisfy({ $0 != 0x2B && $0 != 0x2D }),
            let unit = UInt32(
                String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw failure("bad \\u escape") }
        position += 4
        return unit
    }

    private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let first = try unit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        if first < 0xDC00, take(0x5C), take(0x75) {
            let second = try unit()
            if second >= 0xDC00, second <= 0xDFFF,
                let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            {
                return scalar
            }
        }
        throw failure("a surrogate stands alone")
    }
}
