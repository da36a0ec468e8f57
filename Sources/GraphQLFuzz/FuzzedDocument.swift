import GraphQL

/// An input as each kind of document that it may be.
enum FuzzedDocument {
    /// Stops the process where a rule that holds for every text does not.
    static func check(_ text: String) {
        checkPrinting(text)
        _ = probe?.validate(text)
        checkSchema(text)
    }

    /// What is printed says the same: printed again it is equal.
    private static func checkPrinting(_ text: String) {
        guard let printed = BenchmarkProbe.printed(text) else { return }
        precondition(BenchmarkProbe.printed(printed) == printed, "printed otherwise: \(printed)")
    }

    /// A schema that is accepted is accepted again as it is printed.
    private static func checkSchema(_ text: String) {
        guard let schema = try? Schema(sdl: [Source(text, name: "fuzzed")]) else { return }
        let printed = schema.printed()
        guard let again = try? Schema(sdl: [Source(printed, name: "printed")]) else {
            preconditionFailure("not a schema any more: \(printed)")
        }
        precondition(again.printed() == printed, "printed otherwise: \(printed)")
    }

    private static let probe = (try? Schema(sdl: [Source(sdl, name: "schema")])).map {
        BenchmarkProbe(schema: $0)
    }

    /// Has every kind of type, and short names that a mutation is likely to hit.
    private static let sdl = """
        directive @d(x: Int) on FIELD | QUERY | FRAGMENT_SPREAD | INLINE_FRAGMENT
        directive @r(n: [Int!] = [1]) repeatable on FIELD | VARIABLE_DEFINITION
        scalar Any
        enum E { A B C @deprecated }
        interface Node { id: ID! }
        interface Named implements Node { id: ID! name(upper: Boolean = false): String }
        type Dog implements Named & Node {
          id: ID! name(upper: Boolean = false): String age: Int owner: Person friends: [Pet!]!
        }
        type Cat implements Named & Node {
          id: ID! name(upper: Boolean = false): String age: Float! owner: Person! kind: E
        }
        type Person implements Node { id: ID! pets(where: In, order: [E!] = []): [Pet] any(v: Any): Any }
        union Pet = Dog | Cat
        input In { a: Int b: String = "x" in: In list: [In!] e: E! = A }
        input One @oneOf { a: Int b: String }
        type Query {
          node(id: ID!): Node pet(f: Float): Pet all: [Pet!] dog: Dog cat: Cat person(i: Int!): Person
          one(o: One!): String list(ids: [[ID!]]): [[Dog]]
        }
        type Mutation { add(f: In!): Dog! rename(id: ID!, name: String!): Named }
        type Subscription { changed(id: ID): Dog ticks: Int! }
        """
}
