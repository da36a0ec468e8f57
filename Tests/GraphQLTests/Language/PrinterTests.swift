import Testing

@testable import GraphQL

@Suite struct PrinterTests {
    /// The kinds and values of all tokens.
    private func tokens(_ text: String) throws -> [String] {
        let source = Source(text)
        return try source.bytes.withUnsafeBufferPointer { bytes in
            var lexer = Lexer(source, bytes)
            var result: [String] = []
            while true {
                let token = try lexer.next()
                switch token.kind {
                case .endOfFile: return result
                case .string, .blockString:
                    result.append("string " + (try lexer.stringValue(token)))
                default: result.append("\(token.kind) " + lexer.text(token))
                }
            }
        }
    }

    static let kitchenSink = """
        query queryName($foo: ComplexType, $site: Site = MOBILE @onVariable) @onQuery {
          whoever123is: node(id: [123, 456]) {
            id @include(if: $foo)
            ... on User @onInline { field2 { id alias: field1(first: 10, after: $foo) @skip(if: $x) } }
            ... @skip(unless: $foo) { id }
            ... { id }
            ...frag @onSpread
          }
        }
        mutation likeStory @onMutation { like(story: 123) @onField { story { id } } }
        subscription S($input: In @v) { s(input: $input) { likers { count } } }
        fragment frag on Friend @onFragment {
          foo(size: -1.5e3, bar: $b, obj: {key: "value", block: \"\"\"
              block string uses \\\"\"\"
                and indentation
            \"\"\", e: "", l: [], o: {}})
        }
        "described" query D("v" $v: Int! = 1) { unnamed(truthy: true, falsy: false, nullish: null) query }
        { unnamed(s: "tab\\t quote\\" \\u00e9") }
        """

    static let schemaSink = """
        "About" schema @a { query: Q mutation: M }
        \"\"\"
        Several lines,
          one indented.
        \"\"\"
        type Foo implements Bar & Baz @onObject(arg: "value") {
          "field" one: Type
          two(argument: InputType! = {a: [1, 2], b: ENUM}, "arg" other: String = "x"): [Type!]!
          three: Int @deprecated(reason: "because \\"so\\"")
        }
        interface Bar implements Baz { one: Type }
        union Feed @onUnion = Story | Article
        enum Site @onEnum { "v" DESKTOP @x MOBILE }
        input In @onInput { key: String! = "k" @y answer: Int = 42 }
        scalar Date @specifiedBy(url: "https://example.com")
        directive @skip2(if: Boolean!, "why" x: Int = 1) repeatable on FIELD | INPUT_OBJECT
        extend type Foo @onObject
        extend enum Site { VR }
        extend input In { more: [In] }
        extend union Feed = Photo
        extend interface Bar { f: Int }
        extend scalar Date @again
        extend schema { subscription: S }
        """

    @Test(arguments: [kitchenSink, schemaSink])
    func `what is printed has the same tokens as the original`(text: String) throws {
        let printed = Printer.print(try Parser.parse(Source(text)))
        #expect(try tokens(printed) == tokens(text))
        #expect(Printer.print(try Parser.parse(Source(printed))) == printed)
    }

    @Test(arguments: ["enum E query { A B @d }", "type T query { a } { b }", "{ a } { b }"])
    func `an operation is not taken for the members of a type before it`(text: String) throws {
        let document = try Parser.parse(Source(text))
        let again = try Parser.parse(Source(Printer.print(document)))
        #expect(again.definitions.count == document.definitions.count)
        #expect(again.operations.count == document.operations.count)
        #expect(Printer.print(again) == Printer.print(document))
    }

    @Test func `strings of any content survive printing`() throws {
        var random = SeededRandom(seed: 7)
        let pieces = [
            "\"", "\\", "\"\"\"", "\n", "\r", " ", "  x", "é", "😀", "\t", "a", "\\\"\"\"", "",
            "\u{7}", "\u{2028}",
        ]
        for _ in 0..<2_000 {
            let text = (0..<random.next(below: 6)).map { _ in
                pieces[random.next(below: pieces.count)]
            }
            .joined()
            for literal in [JSONWriter.quoted(text), BlockString.printed(text)] {
                let document = try Parser.parse(Source("{ a(b: \(literal)) }"))
                let again = try Parser.parse(Source(Printer.print(document)))
                #expect(try Self.argument(again) == text, "\(literal)")
                let described = try Parser.parse(Source("\(literal) type A { a: Int }"))
                let printed = Printer.print(described)
                let second = [try Parser.parse(Source(printed))].typeSystemDefinitions.first
                #expect(second?.parts.description?.value == text, "\(printed)")
            }
        }
    }

    private static func argument(_ document: Document) throws -> String? {
        guard case .field(let field)? = document.operations.first?.selectionSet.selections.first
        else { return nil }
        return field.arguments.first?.value.untyped.text
    }

    @Test func `a schema prints itself in one form`() throws {
        let sdl = """
            "What this is"
            schema @tag(name: "s") {
              query: Root
            }

            directive @tag(name: String!) repeatable on SCHEMA | FIELD_DEFINITION | OBJECT

            type Root @tag(name: "r") {
              \"\"\"The answer.\"\"\"
              answer(
                \"\"\"Of what.\"\"\"
                question: String = "all"
              ): Int! @deprecated(reason: "ask again") @tag(name: "a")
              more: [String!]
            }
            """
        let printed = try Schema(sdl: [Source(sdl, name: "s")]).printed()
        #expect(
            printed == sdl.replacing("\"What this is\"", with: "\"\"\"What this is\"\"\"") + "\n")
        #expect(try Schema(sdl: [Source(printed, name: "p")]).printed() == printed)
    }
}

/// A generator that gives the same numbers for the same seed (SplitMix64).
struct SeededRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func next(below bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
