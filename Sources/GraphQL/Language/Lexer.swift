/// Cuts a source into tokens
/// (https://spec.graphql.org/September2025/#sec-Appendix-Grammar-Summary.Lexical-Tokens).
/// Strings are checked here and decoded only when the parser takes them.
///
/// It reads the source's bytes through a pointer, without counting references: a lexer must not
/// outlive the call in which the pointer is valid.
struct Lexer {
    let source: Source
    private let bytes: UnsafeBufferPointer<UInt8>
    private let count: Int
    private var position = 0

    /// `bytes` are those of the source.
    init(_ source: Source, _ bytes: UnsafeBufferPointer<UInt8>) {
        self.source = source
        self.bytes = bytes
        count = bytes.count
    }

    func failure(_ message: String, at offset: Int) -> GraphQLError {
        GraphQLError(
            "Syntax Error: " + message, code: ErrorCode.parseFailed,
            locations: [source.location(at: Int32(clamping: offset))])
    }

    /// The byte at `index`, or 0 past the end (a NUL in the text is no valid token either).
    @inline(__always)
    func byte(_ index: Int) -> UInt8 { index < count ? bytes[index] : 0 }

    mutating func next() throws(GraphQLError) -> Token {
        while position < count {
            let start = position
            let byte = bytes[position]
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D, 0x2C:
                position += 1
            case 0x61...0x7A, 0x41...0x5A, 0x5F:
                return name(from: start)
            case 0x23:
                skipComment()
            case 0x22:
                if self.byte(start + 1) == 0x22, self.byte(start + 2) == 0x22 {
                    return try blockString(from: start)
                }
                return try string(from: start)
            case 0x30...0x39, 0x2D:
                return try number(from: start)
            case 0xEF where self.byte(start + 1) == 0xBB && self.byte(start + 2) == 0xBF:
                position += 3
            default:
                return try punctuator(byte, at: start)
            }
        }
        return Token(kind: .endOfFile, start: Int32(clamping: count), end: Int32(clamping: count))
    }

    private func token(_ kind: Token.Kind, _ start: Int) -> Token {
        Token(kind: kind, start: Int32(clamping: start), end: Int32(clamping: position))
    }

    @inline(__always)
    static func isNameStart(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte == 0x5F
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    private mutating func name(from start: Int) -> Token {
        var index = start + 1
        while index < count, Self.isNameStart(bytes[index]) || Self.isDigit(bytes[index]) {
            index += 1
        }
        position = index
        return token(.name, start)
    }

    private mutating func skipComment() {
        while position < count, bytes[position] != 0x0A, bytes[position] != 0x0D { position += 1 }
    }

    private mutating func punctuator(_ byte: UInt8, at start: Int) throws(GraphQLError) -> Token {
        let kind: Token.Kind
        switch byte {
        case 0x7B: kind = .braceLeft
        case 0x7D: kind = .braceRight
        case 0x28: kind = .parenLeft
        case 0x29: kind = .parenRight
        case 0x3A: kind = .colon
        case 0x24: kind = .dollar
        case 0x21: kind = .bang
        case 0x40: kind = .at
        case 0x5B: kind = .bracketLeft
        case 0x5D: kind = .bracketRight
        case 0x3D: kind = .equals
        case 0x7C: kind = .pipe
        case 0x26: kind = .ampersand
        case 0x2E:
            guard self.byte(start + 1) == 0x2E, self.byte(start + 2) == 0x2E else {
                throw failure("Unexpected character: \".\".", at: start)
            }
            position += 3
            return token(.spread, start)
        case 0x27:
            throw failure(
                "Unexpected single quote character ('), did you mean to use a double quote (\")?",
                at: start)
        default:
            throw failure("Unexpected character: \(describe(at: start)).", at: start)
        }
        position += 1
        return token(kind, start)
    }

    /// Names the character at a byte offset in an error message.
    func describe(at offset: Int) -> String {
        guard offset < count else { return "<EOF>" }
        let tail = bytes[offset..<min(count, offset + 4)]
        guard let scalar = String(decoding: tail, as: UTF8.self).unicodeScalars.first else {
            return "<EOF>"
        }
        if scalar == "\"" { return "'\"'" }
        if scalar.value >= 0x20, scalar.value <= 0x7E { return "\"\(scalar)\"" }
        let hex = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - hex.utf8.count)) + hex
    }

    // MARK: Numbers

    /// https://spec.graphql.org/September2025/#sec-Int-Value and #sec-Float-Value
    private mutating func number(from start: Int) throws(GraphQLError) -> Token {
        var kind = Token.Kind.int
        if byte(position) == 0x2D { position += 1 }
        if byte(position) == 0x30 {
            position += 1
            if Self.isDigit(byte(position)) {
                throw failure(
                    "Invalid number, unexpected digit after 0: \(describe(at: position)).",
                    at: position)
            }
        } else {
            try digits()
        }
        if byte(position) == 0x2E {
            kind = .float
            position += 1
            try digits()
        }
        if byte(position) | 0x20 == 0x65 {
            kind = .float
            position += 1
            if byte(position) == 0x2B || byte(position) == 0x2D { position += 1 }
            try digits()
        }
        if byte(position) == 0x2E || Self.isNameStart(byte(position)) {
            throw failure(
                "Invalid number, expected digit but got: \(describe(at: position)).", at: position)
        }
        return token(kind, start)
    }

    private mutating func digits() throws(GraphQLError) {
        guard Self.isDigit(byte(position)) else {
            throw failure(
                "Invalid number, expected digit but got: \(describe(at: position)).", at: position)
        }
        while Self.isDigit(byte(position)) { position += 1 }
    }

    // MARK: Strings

    /// https://spec.graphql.org/September2025/#sec-String-Value
    private mutating func string(from start: Int) throws(GraphQLError) -> Token {
        position = start + 1
        while position < count {
            switch bytes[position] {
            case 0x22:
                position += 1
                return token(.string, start)
            case 0x0A, 0x0D:
                throw failure("Unterminated string.", at: position)
            case 0x5C:
                _ = try escape()
            default:
                position += 1
            }
        }
        throw failure("Unterminated string.", at: position)
    }

    private mutating func blockString(from start: Int) throws(GraphQLError) -> Token {
        position = start + 3
        while position < count {
            if bytes[position] == 0x22, byte(position + 1) == 0x22, byte(position + 2) == 0x22 {
                position += 3
                return token(.blockString, start)
            }
            if bytes[position] == 0x5C, byte(position + 1) == 0x22, byte(position + 2) == 0x22,
                byte(position + 3) == 0x22
            {
                position += 4
            } else {
                position += 1
            }
        }
        throw failure("Unterminated string.", at: position)
    }

    /// Reads the escape at `position` and moves behind it.
    private mutating func escape() throws(GraphQLError) -> Unicode.Scalar {
        let start = position
        let simple: Unicode.Scalar
        switch byte(start + 1) {
        case 0x22: simple = "\""
        case 0x5C: simple = "\\"
        case 0x2F: simple = "/"
        case 0x62: simple = "\u{8}"
        case 0x66: simple = "\u{C}"
        case 0x6E: simple = "\n"
        case 0x72: simple = "\r"
        case 0x74: simple = "\t"
        case 0x75:
            return byte(start + 2) == 0x7B ? try variableEscape() : try fixedEscape()
        default:
            let shown = start + 1 < count ? text(from: start, to: start + 2) : "\\"
            throw failure("Invalid character escape sequence: \"\(shown)\".", at: start)
        }
        position = start + 2
        return simple
    }

    private func text(from start: Int, to end: Int) -> String {
        String(decoding: bytes[min(start, count)..<min(end, count)], as: UTF8.self)
    }

    private func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte - 0x30)
        case 0x41...0x46: UInt32(byte - 0x37)
        case 0x61...0x66: UInt32(byte - 0x57)
        default: nil
        }
    }

    private mutating func variableEscape() throws(GraphQLError) -> Unicode.Scalar {
        let start = position
        var index = start + 3
        var point: UInt32 = 0
        while let digit = hexadecimal(byte(index)), index < start + 11 {
            point = point << 4 | digit
            index += 1
        }
        guard byte(index) == 0x7D, index > start + 3, let scalar = Unicode.Scalar(point) else {
            throw failure(
                "Invalid Unicode escape sequence: \"\(text(from: start, to: index + 1))\".",
                at: start)
        }
        position = index + 1
        return scalar
    }

    private func fourDigits(at index: Int) -> UInt32? {
        var unit: UInt32 = 0
        for offset in 0..<4 {
            guard let digit = hexadecimal(byte(index + offset)) else { return nil }
            unit = unit << 4 | digit
        }
        return unit
    }

    private mutating func fixedEscape() throws(GraphQLError) -> Unicode.Scalar {
        let start = position
        if let unit = fourDigits(at: start + 2) {
            if let scalar = Unicode.Scalar(unit) {
                position = start + 6
                return scalar
            }
            if unit < 0xDC00, byte(start + 6) == 0x5C, byte(start + 7) == 0x75,
                let low = fourDigits(at: start + 8), low >= 0xDC00, low <= 0xDFFF,
                let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
            {
                position = start + 12
                return scalar
            }
        }
        throw failure(
            "Invalid Unicode escape sequence: \"\(text(from: start, to: start + 6))\".", at: start)
    }

    // MARK: Values of tokens

    /// The text of a name or number.
    @inline(__always)
    func text(_ token: Token) -> String {
        String(
            decoding: UnsafeBufferPointer(rebasing: bytes[Int(token.start)..<Int(token.end)]),
            as: UTF8.self)
    }

    /// Whether a name token is exactly the given keyword.
    func matches(_ token: Token, _ keyword: StaticString) -> Bool {
        let length = Int(token.end - token.start)
        guard token.kind == .name, length == keyword.utf8CodeUnitCount else { return false }
        return keyword.withUTF8Buffer { buffer in
            for index in 0..<length where bytes[Int(token.start) + index] != buffer[index] {
                return false
            }
            return true
        }
    }

    /// The value of a string token.
    func stringValue(_ token: Token) throws(GraphQLError) -> String {
        if token.kind == .blockString {
            return BlockString.value(
                raw: Array(bytes[Int(token.start) + 3..<Int(token.end) - 3])[...])
        }
        let inner = bytes[Int(token.start) + 1..<Int(token.end) - 1]
        guard inner.contains(0x5C) else { return String(decoding: inner, as: UTF8.self) }
        var reader = self
        reader.position = Int(token.start) + 1
        var result: [UInt8] = []
        result.reserveCapacity(inner.count)
        while reader.position < Int(token.end) - 1 {
            let byte = bytes[reader.position]
            if byte == 0x5C {
                result.append(contentsOf: try reader.escape().utf8)
            } else {
                result.append(byte)
                reader.position += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

extension Unicode.Scalar {
    fileprivate var utf8: Unicode.UTF8.EncodedScalar {
        // Every Unicode scalar value has a UTF-8 encoding; the fallback is never taken.
        Unicode.UTF8.encode(self) ?? Unicode.UTF8.encodedReplacementCharacter
    }
}
