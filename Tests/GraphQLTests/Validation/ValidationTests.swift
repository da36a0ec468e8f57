import OrderedCollections
import Testing

@testable import GraphQL

@Suite struct ValidationTests {
    static let sdl = """
        schema { query: Query subscription: Sub }
        directive @onField on FIELD
        directive @rep(n: Int) repeatable on FIELD
        directive @req(a: String!) on FIELD
        scalar Any
        scalar UInt64
        enum Color { RED GREEN }
        interface Pet { name: String! friend: Pet }
        type Dog implements Pet { name: String! friend: Pet barks(loud: Boolean): Boolean! age: Int owner: Person }
        type Cat implements Pet { name: String! friend: Cat meows(loud: Boolean): Boolean age: Int! owner: Person }
        type Person { name: String pets(first: Int, filter: Filter): [Pet] }
        union Any2 = Dog | Person
        input Filter { color: Color min: Int! max: Int tags: [String!] nested: Filter withDefault: Int! = 1 }
        input Pick @oneOf { a: Int b: String }
        type Query { pet: Pet dog: Dog cat: Cat any2: Any2 person(id: ID!): Person f(i: Int, x: Float, s: String, b: Boolean, id: ID, c: Color, l: [Int!], any: Any, u: UInt64, d: Int! = 5): Int pick(p: Pick!): Int }
        type Sub { a: Int b: Int }
        """

    static func messages(_ query: String, limits: EngineOptions = EngineOptions()) -> [String] {
        do {
            let schema = try Schema(sdl: [Source(sdl, name: "s")])
            let input = InputCoercion(schema: schema, scalars: ["UInt64": .uint64])
            let document = try Parser.parse(Source(query))
            return DocumentValidator.validate(
                document, input, maxErrors: limits.maxErrors, limits: limits
            ).map(\.message)
        } catch {
            return ["\(error)"]
        }
    }

    @Test(arguments: [
        "{ pet { name ...on Dog { barks(loud: true) } ...on Cat { meows } } }",
        "{ pet { ...on Dog { x: age owner { name } } ...on Cat { owner { name } } } }",
        "{ pet { ...on Dog { v: name } ...on Cat { v: name } } }",
        "{ pet { ...on Dog { v: __typename } ...on Cat { v: name } } }",
        "{ pet { ...on Dog { v: owner { name } } ...on Cat { v: __typename } } }",
        "query($c: Color = RED, $f: Filter!) { f(c: $c) person(id: 1) { pets(filter: $f) { name } } }",
        "query($i: Int = 1) { f(d: $i) }", "query($i: Int) { f(d: $i) }",
        "query($i: Int!) { f(i: $i, l: [$i]) }",
        "{ f(x: 1, id: 5, l: 3, any: {a: [RED, $v]}) }".replacing(", $v", with: ""),
        "{ f(u: 18446744073709551615) g: f(u: \"1\") }",
        "subscription { a ...F } fragment F on Sub { a }", "{ dog { name @rep @rep(n: 1) } }",
        "{ pick(p: {a: 1}) } ", "query($a: Int!) { pick(p: {a: $a}) }",
        "{ dog { __typename } __typename __schema { queryType { name } } }",
        "{ f(i: 1) f(i: 1) }",
        "{ person(id: 1) { pets(filter: {min: 1, max: 2}) { name } pets(filter: {max: 2, min: 1}) { friend { name } } } }",
    ])
    func `a valid document passes`(query: String) { #expect(Self.messages(query) == []) }

    @Test(arguments: [
        ("type A { a: Int } { dog { name } }", "The \"A\" definition is not executable."),
        (
            "query A { dog { name } } query A { dog { name } }",
            "There can be only one operation named \"A\"."
        ),
        (
            "{ dog { name } } query A { dog { name } }",
            "This anonymous operation must be the only defined operation."
        ),
        ("subscription S { a b }", "Subscription \"S\" must select only one top level field."),
        (
            "subscription { __typename }",
            "Anonymous Subscription must not select an introspection top level field."
        ),
        ("query($x: Nope) { f(i: $x) }", "Unknown type \"Nope\"."),
        (
            "{ pet { ...on Color { a } } }",
            "Fragment cannot condition on non composite type \"Color\"."
        ),
        ("query($x: Dog) { f(i: $x) }", "Variable \"$x\" cannot be non-input type \"Dog\"."),
        (
            "{ dog }",
            "Field \"dog\" of type \"Dog\" must have a selection of subfields. Did you mean \"dog { ... }\"?"
        ),
        (
            "{ dog { name { x } } }",
            "Field \"name\" must not have a selection since type \"String!\" has no subfields."
        ),
        ("{ dog { nam } }", "Cannot query field \"nam\" on type \"Dog\". Did you mean \"name\"?"),
        (
            "{ pet { barks } }",
            "Cannot query field \"barks\" on type \"Pet\". Did you mean to use an inline fragment on \"Dog\"?"
        ),
        (
            "{ any2 { name } }",
            "Cannot query field \"name\" on type \"Any2\". Did you mean to use an inline fragment on \"Pet\", \"Dog\", or \"Person\"?"
        ),
        (
            "{ ...F } fragment F on Query { f } fragment F on Query { f }",
            "There can be only one fragment named \"F\"."
        ),
        ("{ ...F }", "Unknown fragment \"F\"."),
        ("{ f } fragment F on Query { f }", "Fragment \"F\" is never used."),
        (
            "{ dog { ...on Cat { name } } }",
            "Fragment cannot be spread here as objects of type \"Dog\" can never be of type \"Cat\"."
        ),
        (
            "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
            "Cannot spread fragment \"A\" within itself via \"B\"."
        ),
        ("{ ...A } fragment A on Query { ...A }", "Cannot spread fragment \"A\" within itself."),
        ("query($a: Int, $a: Int) { f(i: $a) }", "There can be only one variable named \"$a\"."),
        (
            "query Q { ...F } fragment F on Query { f(i: $a) }",
            "Variable \"$a\" is not defined by operation \"Q\"."
        ),
        ("query Q($a: Int) { f }", "Variable \"$a\" is never used in operation \"Q\"."),
        ("{ f @nope }", "Unknown directive \"@nope\"."),
        ("query @onField { f }", "Directive \"@onField\" may not be used on QUERY."),
        (
            "{ f @onField @onField }",
            "The directive \"@onField\" can only be used once at this location."
        ),
        ("{ f(j: 1) }", "Unknown argument \"j\" on field \"Query.f\"."),
        ("{ f @rep(m: 1) }", "Unknown argument \"m\" on directive \"@rep\"."),
        ("{ f(i: 1, i: 1) }", "There can be only one argument named \"i\"."),
        (
            "{ person { name } }",
            "Field \"person\" argument \"id\" of type \"ID!\" is required, but it was not provided."
        ),
        (
            "{ f @req }",
            "Directive \"@req\" argument \"a\" of type \"String!\" is required, but it was not provided."
        ),
        ("{ f(i: 1.5) }", "Int cannot represent non-integer value: 1.5"),
        (
            "{ f(i: 2147483648) }",
            "Int cannot represent non 32-bit signed integer value: 2147483648"
        ),
        ("{ f(c: BLUE) }", "Value \"BLUE\" does not exist in \"Color\" enum."),
        (
            "{ f(c: \"RED\") }",
            "Enum \"Color\" cannot represent non-enum value: \"RED\". Did you mean the enum value \"RED\"?"
        ),
        ("{ f(d: null) }", "Expected value of type \"Int!\", found null."),
        (
            "{ f(u: -1) }",
            "Expected value of type \"UInt64\", found -1; UInt64 must be a whole number from 0 to 18446744073709551615"
        ),
        (
            "{ person(id: 1) { pets(filter: {}) { name } } }",
            "Field \"Filter.min\" of required type \"Int!\" was not provided."
        ),
        (
            "{ person(id: 1) { pets(filter: {min: 1, mix: 2}) { name } } }",
            "Field \"mix\" is not defined by type \"Filter\". Did you mean \"max\" or \"min\"?"
        ),
        (
            "{ person(id: 1) { pets(filter: {min: 1, min: 2}) { name } } }",
            "There can be only one input field named \"min\"."
        ),
        (
            "{ pick(p: {a: 1, b: \"x\"}) }",
            "OneOf Input Object \"Pick\" must specify exactly one key."
        ),
        ("{ pick(p: {a: null}) }", "Field \"Pick.a\" must be non-null."),
        (
            "query($a: Int) { pick(p: {a: $a}) }",
            "Variable \"$a\" is of type \"Int\" but must be non-nullable to be used for OneOf Input Object \"Pick\"."
        ),
        (
            "query($a: Int) { f(s: $a) }",
            "Variable \"$a\" of type \"Int\" used in position expecting type \"String\"."
        ),
        (
            "query($a: [Int]) { f(l: $a) }",
            "Variable \"$a\" of type \"[Int]\" used in position expecting type \"[Int!]\"."
        ),
        (
            "{ dog { x: name x: age } }",
            "Fields \"x\" conflict because \"name\" and \"age\" are different fields. Use different aliases on the fields to fetch both if this was intentional."
        ),
        (
            // The two spellings of a letter are two texts.
            "{ f(s: \"\u{E9}\") f(s: \"e\u{301}\") }",
            "Fields \"f\" conflict because they have differing arguments."
        ),
        (
            "{ pet { name } } type T { a: Int @onField b(c: Int @unknown): Int }",
            "Directive \"@onField\" may not be used on FIELD_DEFINITION."
        ),
        (
            "{ pet { name } } input I { a: Int @unknown } extend enum E { B @rep }",
            "Unknown directive \"@unknown\"."
        ),
        ("{ f(i: 1) f(i: 2) }", "Fields \"f\" conflict because they have differing arguments."),
        (
            "{ pet { ...on Dog { age } ...on Cat { age } } }",
            "Fields \"age\" conflict because they return conflicting types \"Int\" and \"Int!\"."
        ),
        (
            "{ pet { friend { x: name } friend { x: friend { name } } } }",
            "Fields \"friend\" conflict because subfields \"x\" conflict because \"name\" and \"friend\" are different fields."
        ),
    ])
    func `a rule is kept`(query: String, expected: String) {
        let messages = Self.messages(query)
        #expect(messages.contains { $0.hasPrefix(expected) }, "\(messages)")
    }

    @Test func `errors are capped`() {
        let query = "{" + String(repeating: " nope", count: 1_000) + " }"
        var limits = EngineOptions()
        limits.maxRootFields = 2_000
        let messages = Self.messages(query, limits: limits)
        #expect(messages.count == 101)
        #expect(messages.last?.hasPrefix("Too many validation errors") == true)
    }
}
