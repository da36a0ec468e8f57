/// The semantics of block strings
/// (https://spec.graphql.org/September2025/#sec-String-Value.Block-Strings).
enum BlockString {
    /// The value of the raw text between the triple quotes: common indentation and blank
    /// first and last lines removed, `\"""` unescaped.
    static func value(raw: ArraySlice<UInt8>) -> String {
        let lines = split(unescape(raw))
        var common: Int?
        for line in lines.dropFirst() {
            let indent = line.prefix { $0 == 0x20 || $0 == 0x09 }.count
            if indent < line.count { common = min(common ?? indent, indent) }
        }
        var trimmed: [ArraySlice<UInt8>] = []
        for (index, line) in lines.enumerated() {
            trimmed.append(index == 0 ? line : line.dropFirst(common ?? 0))
        }
        func isBlank(_ line: ArraySlice<UInt8>) -> Bool {
            line.allSatisfy { $0 == 0x20 || $0 == 0x09 }
        }
        let first = trimmed.firstIndex { !isBlank($0) } ?? trimmed.endIndex
        let last = trimmed.lastIndex { !isBlank($0) } ?? first - 1
        guard first <= last else { return "" }
        return String(
            decoding: Array(trimmed[first...last].joined(separator: [0x0A])), as: UTF8.self)
    }

    private static func unescape(_ raw: ArraySlice<UInt8>) -> [UInt8] {
        guard raw.contains(0x5C) else { return Array(raw) }
        var result: [UInt8] = []
        result.reserveCapacity(raw.count)
        var rest = raw
        while let byte = rest.first {
            if byte == 0x5C, rest.dropFirst().starts(with: [0x22, 0x22, 0x22]) {
                result.append(contentsOf: [0x22, 0x22, 0x22])
                rest = rest.dropFirst(4)
            } else {
                result.append(byte)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    private static func split(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        var index = 0
        while index < text.count {
            let byte = text[index]
            guard byte == 0x0A || byte == 0x0D else {
                index += 1
                continue
            }
            lines.append(text[start..<index])
            let isPair = byte == 0x0D && index + 1 < text.count && text[index + 1] == 0x0A
            index += isPair ? 2 : 1
            start = index
        }
        lines.append(text[start...])
        return lines
    }
}

extension BlockString {
    /// The literal of a value that a block string can hold exactly, else an ordinary string.
    static func printed(_ value: String) -> String {
        let isPlain = value.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 }
        guard isPlain, isExact(value) else { return JSONWriter.quoted(value) }
        let escaped = escaped(value)
        let needsLines =
            value.utf8.contains(0x0A) || value.hasSuffix("\"") || value.hasSuffix("\\")
        return needsLines ? "\"\"\"\n\(escaped)\n\"\"\"" : "\"\"\"\(escaped)\"\"\""
    }

    static func escaped(_ value: String) -> String {
        value.split(separator: "\"\"\"", omittingEmptySubsequences: false)
            .joined(separator: "\\\"\"\"")
    }

    /// Whether reading a block string of the value on lines of its own gives it back: no blank
    /// line at its ends, no indentation that all lines share, and of the first line none.
    static func isExact(_ value: String) -> Bool {
        self.value(raw: Array("\n\(value)\n".utf8)[...]) == value
            && self.value(raw: Array(value.utf8)[...]) == value
    }
}
