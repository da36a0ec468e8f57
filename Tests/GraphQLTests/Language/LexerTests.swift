import Testing

@testable import GraphQL

@Suite struct LexerTests {
    private func failure(_ text: String) -> GraphQLError? {
        do {
            _ = try Parser.parse(Source(text))
            return nil
        } catch {
            return error
        }
    }

    private func value(_ literal: String) throws -> Value {
        let document = try Parser.parse(Source("{ a(b: \(literal)) }"))
        guard case .field(let field)? = document.operations.first?.selectionSet.selections.first,
            let value = field.arguments.first?.value
        else { return .null }
        return value.untyped
    }

    @Test(arguments: [
        (#""a\n\t\"\\\/\b\f\r""#, "a\n\t\"\\/\u{8}\u{C}\r"),
        (#""\u00e9""#, "é"),
        (#""\u{1F600}""#, "😀"),
        (#""\uD83D\uDE00""#, "😀"),
        ("\"😀\"", "😀"),
        (#""\u{10FFFF}""#, "\u{10FFFF}"),
    ])
    func `escapes in strings are decoded`(literal: String, expected: String) throws {
        #expect(try value(literal) == .string(expected))
    }

    @Test(arguments: [
        #""\uD83D""#, #""\uDE00""#, #""\uDE00\uD83D""#, #""\u{110000}""#, #""\u{}""#,
        #""\u{D800}""#, #""\u12""#, #""\x""#, #""\u{00000000041}""#, "\"a\nb\"", "\"open",
        "\"\"\"open", "01", "1.", "1e", "-", "1.a", "0x1", "1_", ".5", "1..2", "'a'", "?",
    ])
    func `broken literals are refused`(literal: String) {
        #expect(failure("{ a(b: \(literal)) }")?.code == ErrorCode.parseFailed)
    }

    @Test func `line and column count scalars and all kinds of line ends`() {
        let error = failure("{\r\n  a\r  b(x: \"é\") ?\n }")
        #expect(error?.locations == [SourceLocation(line: 3, column: 13)])
        #expect(failure("{ a }\r\r\n?")?.locations == [SourceLocation(line: 3, column: 1)])
    }

    @Test func `a byte-order mark, commas and comments are ignored`() throws {
        let document = try Parser.parse(Source("\u{FEFF}# comment é\r,{,a,,b # x\n}"))
        #expect(document.operations.first?.selectionSet.selections.count == 2)
    }

    @Test func `integers stay exact up to 64 bits`() throws {
        #expect(try value("9223372036854775807") == .int(.max))
        #expect(try value("18446744073709551615") == .uint64(.max))
        #expect(try value("18446744073709551616") == .double(18446744073709551616))
    }

    @Test func `block strings lose common indentation and blank ends`() throws {
        let literal =
            "\"\"\"\n\n    Hello,\n      World!\n\n    Yours,\r\n      GraphQL. \\\"\"\"\n  \"\"\""
        #expect(
            try value(literal) == .string("Hello,\n  World!\n\nYours,\n  GraphQL. \"\"\""))
    }
}
