import Testing

@testable import GraphQL

@Suite struct DocumentCacheTests {
    /// Swift's strings are equal when their characters are, however these are spelled.
    @Test func `documents that differ in a character's spelling alone are two`() async throws {
        var resolvers = Resolvers<Int>()
        resolvers.query("echo") { arguments, _ in .string(try arguments.string("text")) }
        let schema = try Schema(
            sdl: [Source("type Query { echo(text: String!): String }", name: "s")])
        let engine = try Engine(schema: schema, resolvers: resolvers)
        for text in ["\u{E9}", "e\u{301}", "\u{E9}"] {
            let operation = try engine.prepare(
                Request(query: "{ echo(text: \"\(text)\") }")
            ).get()
            let response = await engine.execute(operation, context: 0)
            let body = String(decoding: response.body, as: UTF8.self)
            let expected = "{\"data\":{\"echo\":\"\(text)\"}}"
            #expect(Array(body.utf8) == Array(expected.utf8))
        }
    }
}
