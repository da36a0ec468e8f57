import OrderedCollections
import Testing

@testable import GraphQL

@Suite struct SchemaTests {
    /// The messages of all problems of a schema; empty if it is valid.
    private func problems(_ sdl: String) -> [String] {
        do {
            _ = try Schema(sdl: [Source(sdl, name: "test.graphql")])
            return []
        } catch let errors as SchemaErrors {
            return errors.problems.map(\.message)
        } catch {
            return ["\(error)"]
        }
    }

    @Test func `all problems are listed with source, line and column`() {
        let sources = [
            Source("type Query { a: Foo }", name: "a.graphql"),
            Source("type Query { b: Int }\n  type B @nope { c: Bar }", name: "b.graphql"),
        ]
        #expect {
            try Schema(sdl: sources)
        } throws: { error in
            let text = "\(error)"
            return text.contains("a.graphql:1:17: Unknown type \"Foo\"")
                && text.contains("b.graphql:1:6: There can be only one type named \"Query\".")
                && text.contains("b.graphql:2:10: Unknown directive \"@nope\".")
                && text.contains("b.graphql:2:21: Unknown type \"Bar\".")
        }
    }

    @Test func `extensions and several sources make one schema`() throws {
        let schema = try Schema(sdl: [
            Source("extend type Query { b: E } extend enum E { Y }", name: "2"),
            Source("type Query @d { a: Int } enum E { X } directive @d on OBJECT", name: "1"),
        ])
        #expect(schema.queryType?.fields.keys == ["a", "b"])
        guard case .enumeration(let type)? = schema.type(named: "E") else {
            Issue.record("no enum")
            return
        }
        #expect(type.values.keys == ["X", "Y"])
    }

    @Test func `applied directives are exposed`() throws {
        let schema = try Schema(sdl: [
            Source(
                """
                directive @auth(scope: [Scope!], level: Int = 3) on FIELD_DEFINITION
                enum Scope { READ }
                type Query { a: Int @auth(scope: [READ]) @deprecated }
                """, name: "s")
        ])
        let field = try #require(schema.queryType?.fields["a"])
        #expect(field.appliedDirectives.map(\.name) == ["auth", "deprecated"])
        #expect(field.appliedDirectives.first?.arguments["scope"] == .list([.enumCase("READ")]))
        #expect(field.appliedDirectives.first?.arguments["level"] == nil)
        #expect(field.deprecationReason == "No longer supported")
    }

    @Test(arguments: [
        ("type A { a: Int }", "Query root type must be provided."),
        (
            "union Query = A type A { a: Int }",
            "Query root type must be Object type, it cannot be Query."
        ),
        (
            "schema { query: Q } schema { query: Q } type Q { a: Int }",
            "Must provide only one schema definition."
        ),
        (
            "schema { query: Q query: Q } type Q { a: Int }",
            "There can be only one query type in schema."
        ),
        (
            "schema { query: Q mutation: Q } type Q { a: Int }",
            "All root types must be different, \"Q\" type is used as query and mutation root types."
        ),
        ("type Query { a: Int a: Int }", "Field \"Query.a\" can only be defined once."),
        (
            "type Query { a: Int } extend type Query { a: Int }",
            "Field \"Query.a\" can only be defined once."
        ),
        (
            "type Query { a(x: Int, x: Int): Int }",
            "Argument \"Query.a(x:)\" can only be defined once."
        ),
        ("type Query { a: E } enum E { A A }", "Enum value \"E.A\" can only be defined once."),
        (
            "type Query { __a: Int }",
            "Name \"__a\" must not begin with \"__\", which is reserved by GraphQL introspection."
        ),
        (
            "type Query { a: I } input I { a: Int }",
            "The type of Query.a must be Output Type but got: I."
        ),
        (
            "type Query { a(x: Query): Int }",
            "The type of Query.a(x:) must be Input Type but got: Query."
        ),
        (
            "type Query { a(x: Int! @deprecated): Int }",
            "Required argument Query.a(x:) cannot be deprecated."
        ),
        (
            "type Query { a(x: Int = \"s\"): Int }",
            "Query.a(x:) has an invalid default: Int cannot represent non-integer value: \"s\""
        ),
        (
            "type Query { a(x: I = {a: null}): Int } input I @oneOf { a: Int }",
            "Query.a(x:) has an invalid default: Field \"I.a\" must be non-null."
        ),
        ("type Query", "Type Query must define one or more fields."),
        ("type Query { a: Int } union U", "Union type U must define one or more member types."),
        (
            "type Query { a: Int } union U = Query | Query",
            "Union type U can only include type Query once."
        ),
        (
            "type Query { a: Int } union U = Int",
            "Union type U can only include Object types, it cannot include Int."
        ),
        ("type Query { a: Int } enum E", "Enum type E must define one or more values."),
        ("type Query { a: Int } input I", "Input Object type I must define one or more fields."),
        (
            "type Query { a: Int } input I { i: I! }",
            "Cannot reference Input Object \"I\" within itself through a series of non-null fields: \"i\"."
        ),
        ("type Query { a: Int } input I { i: I = {} }", "The default of I.i contains itself."),
        (
            "type Query { a: Int } input I @oneOf { a: Int! }",
            "OneOf input field I.a must be nullable."
        ),
        (
            "type Query { a: Int } input I @oneOf { a: Int = 1 }",
            "OneOf input field I.a cannot have a default value."
        ),
        (
            "type Query implements Query { a: Int }",
            "Type Query must only implement Interface types, it cannot implement Query."
        ),
        (
            "type Query implements I { a: Int } interface I { b: Int }",
            "Interface field I.b expected but Query does not provide it."
        ),
        (
            "type Query implements I { b: String } interface I { b: Int }",
            "Interface field I.b expects type Int but Query.b is type String."
        ),
        (
            "type Query implements I { b(x: Int!): Int } interface I { b: Int }",
            "Field Query.b includes required argument x that is missing from the Interface field I.b."
        ),
        (
            "type Query implements I { b: Int } interface I { b(x: Int): Int }",
            "Interface field argument I.b(x:) expected but Query.b does not provide it."
        ),
        (
            "type Query implements J { a: Int } interface I { a: Int } interface J implements I { a: Int }",
            "Type Query must implement I because it is implemented by J."
        ),
        (
            "interface I implements I { a: Int } type Query { a: Int }",
            "Type I cannot implement itself because it would create a circular reference."
        ),
        (
            "extend type Foo { a: Int } type Query { a: Int }",
            "Cannot extend type \"Foo\" because it is not defined."
        ),
        (
            "extend input Query { a: Int } type Query { a: Int }",
            "Cannot extend non-input object type \"Query\"."
        ),
        (
            "directive @d on FIELD directive @d on FIELD type Query { a: Int }",
            "There can be only one directive named \"@d\"."
        ),
        (
            "type Query @deprecated { a: Int }",
            "Directive \"@deprecated\" may not be used on OBJECT."
        ),
        (
            "type Query { a: Int @deprecated @deprecated }",
            "The directive \"@deprecated\" can only be used once at this location."
        ),
        (
            "type Query { a: Int @deprecated(why: 1) }",
            "Unknown argument \"why\" on directive \"@deprecated\"."
        ),
        (
            "scalar Any type Query { a(x: Any = [{b: {c: 1, c: 2}}]): Int }",
            "There can be only one input field named \"c\"."
        ),
        (
            "directive @d(x: I) on OBJECT input I { b: Int } type Query @d(x: {b: 1, b: 1}) { a: Int }",
            "There can be only one input field named \"b\"."
        ),
        (
            "type Query { a: Int @deprecated(reason: 1) }",
            "Argument \"reason\" of \"@deprecated\" is invalid: String cannot represent a non string value: 1"
        ),
        (
            "scalar S @specifiedBy type Query { a: S }",
            "Directive \"@specifiedBy\" argument \"url\" of type \"String!\" is required, but it was not provided."
        ),
        ("{ a }", "A schema must not contain operations."),
    ])
    func `a rule of type validation is kept`(sdl: String, expected: String) {
        #expect(problems(sdl).contains { $0.hasPrefix(expected) }, "\(problems(sdl))")
    }

    @Test func `interfaces that implement interfaces, covariant fields and oneOf are valid`() {
        let sdl = """
            interface Node { id: ID! self: Node }
            interface Named implements Node { id: ID! self: Named name: String }
            type Dog implements Named & Node { id: ID! self: Dog! name(upper: Boolean): String! }
            input Pick @oneOf { a: Int b: [Pick!] }
            input Tree { left: Tree right: [Tree!]! }
            type Query { dog(p: Pick, t: Tree = {right: []}): Dog }
            """
        #expect(problems(sdl) == [])
    }

    @Test
    func `defaults of input fields and values of other directives are not of the schema's rules`() {
        let sdl = """
            directive @level(of: Int = "high") on OBJECT
            input I { a: Int = "one" }
            type Query @level(of: "low") { f(i: I = {}): Int }
            """
        #expect(problems(sdl) == [])
        // It counts as none.
        #expect(
            problems("input I { a: Int! = \"one\" @deprecated } type Query { a: Int }")
                == ["Required input field I.a cannot be deprecated."])
    }

    @Test func `a chain of required input objects may be long, but must end`() {
        let chain = (0..<3_000).map { "input I\($0) { next: I\($0 + 1)! }" }.joined(separator: " ")
        let query = "type Query { f(i: I0): Int } "
        #expect(problems(query + chain + " input I3000 { a: Int }") == [])
        let found = problems(query + chain + " input I3000 { back: I2998! }")
        #expect(
            found == [
                "Cannot reference Input Object \"I2998\" within itself through a series of non-null "
                    + "fields: \"next.next.back\"."
            ])
    }

    @Test func `no more than a hundred problems are looked for`() {
        let fields = (0..<5_000).map { "f\($0): Unknown\($0)" }.joined(separator: " ")
        #expect(problems("type Query { \(fields) }").count == 100)
        let objects = (0..<500).map { "type T\($0) implements I { b: Int }" }.joined(separator: " ")
        #expect(problems("type Query { a: Int } interface I { a: Int } \(objects)").count == 100)
    }

    @Test func `types stand in the order of their definitions, wherever their extensions are`()
        throws
    {
        let sdl =
            "extend type B { b: Int } type Query { a: N } type A implements N { n: Int } interface N { n: Int } type B implements N { n: Int }"
        let schema = try Schema(sdl: [Source(sdl)])
        #expect(Array(schema.types.keys.prefix(4)) == ["Query", "A", "N", "B"])
        #expect(schema.possibleTypes(of: "N") == ["A", "B"])
    }

    @Test func `built-in scalars that nothing refers to are no part of the schema`() throws {
        let schema = try Schema(sdl: [Source("type Query { a: Int }", name: "s")])
        #expect(schema.type(named: "Int") != nil)
        #expect(schema.type(named: "Float") == nil)
        #expect(schema.type(named: "ID") == nil)
        #expect(schema.type(named: "Boolean") != nil)
    }
}
