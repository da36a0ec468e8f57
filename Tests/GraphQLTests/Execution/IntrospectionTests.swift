import OrderedCollections
import Testing

@testable import GraphQL

@Suite struct IntrospectionTests {
    /// What stock clients ask, with every option.
    static let query = """
        query IntrospectionQuery {
          __schema {
            description
            queryType { name kind }
            mutationType { name kind }
            subscriptionType { name kind }
            types { ...FullType }
            directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } }
          }
        }
        fragment FullType on __Type {
          kind name description specifiedByURL isOneOf
          fields(includeDeprecated: true) {
            name description
            args(includeDeprecated: true) { ...InputValue }
            type { ...TypeRef }
            isDeprecated deprecationReason
          }
          inputFields(includeDeprecated: true) { ...InputValue }
          interfaces { ...TypeRef }
          enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
          possibleTypes { ...TypeRef }
        }
        fragment InputValue on __InputValue {
          name description type { ...TypeRef } defaultValue isDeprecated deprecationReason
        }
        fragment TypeRef on __Type {
          kind name
          ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType {
            kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name }
          } } } } } } } }
        }
        """

    static let sdl = """
        "All of it"
        schema { query: Root }
        type Root implements Node {
          id: ID!
          old(a: Int = 3 @deprecated(reason: "b"), b: [Color!]! = [RED], c: In = {x: "q", e: RED}): [[Int!]]! @deprecated
          any: Any
        }
        interface Node { id: ID! }
        union U = Root
        enum Color { RED GREEN @deprecated(reason: "faded") }
        input In @oneOf { x: String e: Color }
        scalar Any @specifiedBy(url: "https://example.com/any")
        directive @d(x: Float = 1.5) repeatable on FIELD | OBJECT
        """

    private func run(_ query: String) async throws -> Value {
        let schema = try Schema(sdl: [Source(Self.sdl.replacing("@oneOf", with: ""), name: "s")])
        let oneOf = try Schema(sdl: [
            Source(Self.sdl.replacing("{x: \"q\", e: RED}", with: "{x: \"q\"}"), name: "s")
        ])
        let engine = try Engine<Value>(
            schema: query.contains("isOneOf") ? oneOf : schema,
            resolvers: DataResolvers.make(query.contains("isOneOf") ? oneOf : schema))
        let operation = try engine.prepare(Request(query: query)).get()
        let response = await engine.execute(operation, data: .null)
        #expect(!response.hasErrors)
        return try JSONReader.read(response.body)["data"] ?? .null
    }

    private func find(_ list: Value?, _ name: String) -> Value? {
        guard case .list(let items)? = list else { return nil }
        return items.first { $0["name"] == .string(name) }
    }

    @Test func `the stock query shows the whole schema`() async throws {
        let schema = try #require(try await run(Self.query)["__schema"])
        #expect(schema["description"] == .string("All of it"))
        #expect(schema["queryType"]?["name"] == .string("Root"))
        #expect(schema["mutationType"] == .null)
        let root = find(schema["types"], "Root")
        let old = find(root?["fields"], "old")
        #expect(old?["isDeprecated"] == .bool(true))
        #expect(old?["deprecationReason"] == .string("No longer supported"))
        #expect(find(old?["args"], "a")?["deprecationReason"] == .string("b"))
        #expect(find(old?["args"], "b")?["defaultValue"] == .string("[RED]"))
        #expect(find(old?["args"], "c")?["defaultValue"] == .string("{x: \"q\"}"))
        #expect(old?["type"]?["kind"] == .string("NON_NULL"))
        #expect(old?["type"]?["ofType"]?["ofType"]?["ofType"]?["kind"] == .string("NON_NULL"))
        #expect(find(schema["types"], "In")?["isOneOf"] == .bool(true))
        #expect(root?["isOneOf"] == .null)
        #expect(
            find(schema["types"], "Any")?["specifiedByURL"] == .string("https://example.com/any"))
        #expect(find(schema["directives"], "d")?["isRepeatable"] == .bool(true))
        #expect(find(schema["directives"], "skip") != nil)
        #expect(find(schema["types"], "__Type")?["kind"] == .string("OBJECT"))
    }

    @Test func `deprecated members are left out unless asked for`() async throws {
        let data = try await run(
            """
            { a: __type(name: "Root") { fields { name } }
              b: __type(name: "Color") { enumValues { name } }
              c: __type(name: "Root") { fields(includeDeprecated: true) { args { name } } }
              d: __type(name: "Nope") { name } }
            """)
        #expect(
            data["a"]?["fields"]
                == .list([.object(["name": .string("id")]), .object(["name": .string("any")])]))
        #expect(data["b"]?["enumValues"] == .list([.object(["name": .string("RED")])]))
        #expect(find(data["c"]?["fields"], "old") == nil)
        #expect(data["d"] == .null)
    }

    @Test func `introspection may be turned off, but not the name of the type`() throws {
        let schema = try Schema(sdl: [Source("type Query { a: Int }", name: "s")])
        let engine = try Engine<Value>(schema: schema, resolvers: DataResolvers.make(schema))
        let asking = [
            "{ __schema { queryType { name } } }",
            "{ ...F } fragment F on Query { x: __type(name: \"a\") { name } }",
        ]
        for query in asking {
            let result = engine.prepare(Request(query: query), allowIntrospection: false)
            guard case .failure(let failure) = result else {
                Issue.record("not refused")
                continue
            }
            #expect(failure.errors.map(\.code) == [ErrorCode.introspectionDisabled])
        }
        #expect(throws: Never.self) {
            try engine.prepare(Request(query: "{ __typename }"), allowIntrospection: false).get()
        }
    }

    @Test func `introspection lists nest only so deep`() {
        let query =
            "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
        #expect(ValidationTests.messages(query) == ["Maximum introspection depth exceeded"])
    }
}
