import OrderedCollections
import Testing

@testable import GraphQL

@Suite struct JSONTests {
    private func read(_ text: String) -> Value? { try? JSONReader.read(Array(text.utf8)) }

    @Test func `integers stay exact and floats are doubles`() {
        #expect(
            read("[0, -1, 9223372036854775807, 18446744073709551615, 1.0, 1e2]")
                == .list([.int(0), .int(-1), .int(.max), .uint64(.max), .int(1), .int(100)]))
    }

    @Test func `strings are decoded`() {
        #expect(
            read(#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é""#) == .string("a\"\\/\u{8}\u{C}\n\r\té😀é")
        )
    }

    @Test func `the members of an object can be read as they are written`() throws {
        let text = #" {"a": 1.10, "b" : [1, "}"],"a":1e-3 } "#
        let members = try JSONReader.members(Array(text.utf8)).mapValues {
            String(decoding: $0, as: UTF8.self)
        }
        #expect(members == ["a": "1e-3", "b": #"[1, "}"]"#])
        for text in ["", "[]", "1", "{", "{}x", #"{"a": }"#, #"{"a": [[1]]}"#] {
            #expect(throws: JSONError.self) {
                try JSONReader.members(Array(text.utf8), maxDepth: 2)
            }
        }
    }

    @Test func `the last of equal members counts and order is kept`() {
        #expect(
            read(#"{"b": 1, "a": {}, "b": [2]}"#)
                == .object(["b": .list([.int(2)]), "a": .object([:])]))
    }

    @Test(arguments: [
        "", "{", "}", "[1,]", "{\"a\":}", "{\"a\" 1}", "{a: 1}", "01", "1.", "-", "+1", ".5", "1e",
        "tru", "nul", "\"a", "\"\n\"", "\"\\x\"", "\"\\u12\"", "\"\\ud83d\"", "\"\\u+123\"", "1 2",
        "[1 2]", "NaN", "'a'", "1e999", "\"\\ud83d\\u0041\"",
    ])
    func `what is no JSON is refused`(text: String) { #expect(read(text) == nil) }

    @Test func `invalid UTF-8 is refused`() {
        #expect(throws: JSONError.self) { try JSONReader.read([0x22, 0xFF, 0x22]) }
        #expect(throws: JSONError.self) { try JSONReader.read([0x22, 0xC3, 0x5C, 0x6E, 0x22]) }
    }

    @Test func `nesting is bounded`() {
        #expect(read(String(repeating: "[", count: 100_000)) == nil)
        #expect(read(String(repeating: "{\"a\":", count: 100_000)) == nil)
    }

    @Test func `a character is escaped wherever it stands`() throws {
        for special in ["\"", "\\", "\n", "\u{0}", "\u{1F}", "\u{7F}", "é", "😀"] {
            for length in 0..<20 {
                for place in 0...length {
                    var text = String(repeating: "a", count: length)
                    let index = text.index(text.startIndex, offsetBy: place)
                    text.insert(contentsOf: special, at: index)
                    var writer = JSONWriter()
                    writer.string(text + text)
                    #expect(try JSONReader.read(writer.bytes) == .string(text + text))
                }
            }
        }
        var writer = JSONWriter()
        writer.string(String(repeating: "\u{1}", count: 1_000))
        #expect(writer.count == 6_002)
    }

    @Test func `what is written is read back`() throws {
        let value = Value.object([
            "s": .string("\u{0}\u{1F}\"\\/é😀\u{2028}"), "d": .double(-1.5e-7), "b": .bool(true),
            "n": .null, "u": .uint64(.max), "l": .list([.int(-5), .object([:])]),
            "w": .double(1e300),
        ])
        var writer = JSONWriter()
        writer.value(value)
        #expect(try JSONReader.read(writer.bytes) == value)
    }
}
