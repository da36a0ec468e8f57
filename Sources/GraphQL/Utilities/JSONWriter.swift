import OrderedCollections

/// Appends JSON to a byte buffer (RFC 8259).
struct JSONWriter {
    var bytes: [UInt8] = []

    static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @inline(__always)
    mutating func byte(_ byte: UInt8) { bytes.append(byte) }

    mutating func literal(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    mutating func string(_ text: String) {
        bytes.append(0x22)
        var text = text
        text.withUTF8 { append($0) }
        bytes.append(0x22)
    }

    private mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
        var start = 0
        for index in text.indices {
            let byte = text[index]
            if byte >= 0x20, byte != 0x22, byte != 0x5C { continue }
            bytes.append(contentsOf: text[start..<index])
            start = index + 1
            escape(byte)
        }
        if start == 0 {
            bytes.append(contentsOf: text)
        } else {
            bytes.append(contentsOf: text[start...])
        }
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
            let digits: StaticString = "0123456789abcdef"
            digits.withUTF8Buffer {
                bytes.append($0[Int(byte >> 4)])
                bytes.append($0[Int(byte & 15)])
            }
        }
    }

    mutating func integer(_ value: some FixedWidthInteger) {
        if let small = Int(exactly: value), small >= 0, small < 10 {
            bytes.append(0x30 + UInt8(small))
        } else {
            bytes.append(contentsOf: String(value).utf8)
        }
    }

    /// Writes a number; what JSON cannot say (NaN, infinity) becomes `null`.
    mutating func double(_ value: Double) {
        guard value.isFinite else { return literal("null") }
        if let whole = Int64(exactly: value), abs(value) < 1e15 {
            integer(whole)
        } else {
            bytes.append(contentsOf: String(value).utf8)
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
        case .uint64(let value): integer(value)
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

    /// Writes an error in the order message, locations, path, extensions.
    mutating func error(_ error: GraphQLError) {
        literal("{\"message\":")
        string(error.message)
        if !error.locations.isEmpty {
            literal(",\"locations\":[")
            for (index, location) in error.locations.enumerated() {
                if index > 0 { byte(0x2C) }
                literal("{\"line\":")
                integer(location.line)
                literal(",\"column\":")
                integer(location.column)
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
                case .index(let index): integer(index)
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
