/// The text of a GraphQL document (executable or schema) and the name shown in error messages.
public struct Source: Sendable {
    /// What error messages call this text, such as a file name.
    public let name: String
    /// The text as UTF-8. A leading byte-order mark is skipped by the lexer.
    let bytes: [UInt8]

    /// Wraps a text; `name` appears in the errors of a schema made of several sources.
    public init(_ text: String, name: String = "GraphQL request") {
        self.name = name
        self.bytes = Array(text.utf8)
    }

    /// The 1-based line and column of a byte offset; columns count Unicode scalars.
    /// A line ends at LF, CR LF or CR
    /// (https://spec.graphql.org/September2025/#sec-Line-Terminators).
    func location(at offset: Int32) -> SourceLocation {
        var line = 1
        var column = 1
        var index = 0
        let end = min(Int(offset), bytes.count)
        while index < end {
            let byte = bytes[index]
            index += 1
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte == 0x0D {
                if index < bytes.count, bytes[index] == 0x0A {
                    if index >= end { break }
                    index += 1
                }
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return SourceLocation(line: line, column: column)
    }
}

/// A place in a source, both numbers starting at 1.
public struct SourceLocation: Sendable, Hashable {
    public let line: Int
    public let column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}
