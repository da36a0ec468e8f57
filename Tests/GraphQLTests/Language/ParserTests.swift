import Testing

@testable import GraphQL

@Suite struct ParserTests {
    private func message(_ text: String, _ limits: ParserLimits = ParserLimits()) -> String? {
        do {
            _ = try Parser.parse(Source(text), limits: limits)
            return nil
        } catch {
            return error.message
        }
    }

    @Test(arguments: [
        "{ a }", "query { a }", "query Q($a: [Int!]! = [1] @d, $b: S) @d { a }",
        "mutation M { a(b: {c: [$d, E, null, true]}) }",
        "subscription { ...F ...on A { b } ... { c } }",
        "fragment on1 on on { on }", "{ query fragment mutation on: type }",
        "\"about\" query Q(\"of v\" $v: Int) { a }", "\"\"\"about\"\"\" fragment F on T { a }",
        "type A implements & B & C @d { \"x\" f(a: Int = 1 @d): [A!]! }", "type A",
        "union U = | A | B", "union U", "enum E { A B @d }", "input I { a: Int = {} }",
        "directive @d(a: Int) repeatable on | FIELD | QUERY", "scalar S @d",
        "schema @d { query: Q }", "extend schema @d", "extend type A @d", "extend union U = A",
        "interface I implements J { a: Int }", "extend input I { b: Int }", "extend scalar S @d",
    ])
    func `the grammar is accepted`(text: String) { #expect(message(text) == nil) }

    @Test(arguments: [
        ("", "Syntax Error: Unexpected <EOF>."),
        ("{", "Syntax Error: Expected Name, found <EOF>."),
        ("{ }", "Syntax Error: Expected Name, found \"}\"."),
        ("{ a: }", "Syntax Error: Expected Name, found \"}\"."),
        ("{ a(b: ) }", "Syntax Error: Unexpected \")\"."),
        ("{ a() }", "Syntax Error: Expected Name, found \")\"."),
        ("{ ...on }", "Syntax Error: Expected Name, found \"}\"."),
        (
            "query Q($a: Int = $b) { a }",
            "Syntax Error: Unexpected variable \"$b\" in constant value."
        ),
        ("fragment on on A { a }", "Syntax Error: Unexpected Name \"on\"."),
        ("notAnOperation { a }", "Syntax Error: Unexpected Name \"notAnOperation\"."),
        (
            "enum E { true }",
            "Syntax Error: Name \"true\" is reserved and cannot be used for an enum value."
        ),
        ("type A {}", "Syntax Error: Expected Name, found \"}\"."),
        ("extend type A", "Syntax Error: Unexpected <EOF>."),
        ("directive @d on NOWHERE", "Syntax Error: Unexpected Name \"NOWHERE\"."),
        ("\"text\" { a }", "Syntax Error: Unexpected \"{\"."),
        (
            "\"text\" other A @d",
            "Syntax Error: Unexpected description, descriptions are supported only on definitions."
        ),
        (
            "\"text\" extend type A @d",
            "Syntax Error: Unexpected description, descriptions are supported only on definitions."
        ),
        ("union U = A | ", "Syntax Error: Expected Name, found <EOF>."),
        ("type A implements B C { a: Int }", "Syntax Error: Unexpected Name \"C\"."),
    ])
    func `syntax errors say what was found`(text: String, expected: String) {
        #expect(message(text) == expected)
    }

    @Test func `nesting and tokens are bounded`() {
        let nested = String(repeating: "{a", count: 10_000)
        #expect(message(nested)?.contains("nests deeper") == true)
        let lists = "{ a(b: " + String(repeating: "[", count: 100_000)
        #expect(message(lists)?.contains("nests deeper") == true)
        let types = "query ($a: " + String(repeating: "[", count: 100_000)
        #expect(message(types)?.contains("nests deeper") == true)
        let many = "{" + String(repeating: " a", count: 100_000) + "}"
        #expect(message(many)?.contains("more than 10000 tokens") == true)
        #expect(message("{ a b }", ParserLimits(maxTokens: 4)) == nil)
        #expect(message("{ a b }", ParserLimits(maxTokens: 3)) != nil)
    }
}
