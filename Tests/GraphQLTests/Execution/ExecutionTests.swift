import OrderedCollections
import Synchronization
import Testing

@testable import GraphQL

@Suite struct ExecutionTests {
    struct Author: Sendable {
        let name: String
    }

    final class Calls: Sendable {
        private let list = Mutex<[String]>([])
        func note(_ call: String) { list.withLock { $0.append(call) } }
        var all: [String] { list.withLock { $0 } }
    }

    static let sdl = """
        type Query {
          books(first: Int = 2): [Book!]!
          failing: Book
          node: Node
          nodes: [Node!]!
        }
        type Mutation { add(title: String!): Int! }
        interface Node { id: ID! }
        type Book implements Node { id: ID! title: String! author: Author price: UInt64 }
        type Film implements Node { id: ID! minutes: Int! }
        type Author { name: String! }
        scalar UInt64
        """

    static func engine(
        guards: (ObjectType, FieldDefinition) throws -> Guard<Calls>? = { _, _ in nil }
    ) throws -> Engine<Calls> {
        let schema = try Schema(sdl: [Source(sdl, name: "books.graphql")])
        var resolvers = Resolvers<Calls>()
        resolvers.query("books") { arguments, _ in
            .list((0..<(try arguments.int("first"))).map { .object($0) })
        }
        resolvers.query("failing") { _, _ in throw GraphQLError("no", code: "NOT_FOUND") }
        resolvers.query("node") { _, _ in .typed("Book", 7) }
        resolvers.query("nodes") { _, _ in
            .list([
                .typed("Book", 1), .typed("Film", "f1"), .typed("Film", "f2"), .typed("Book", 2),
                .typed("Film", "f3"),
            ])
        }
        resolvers.mutation("add") { arguments, calls in
            let title = try arguments.string("title")
            calls.note("begin \(title)")
            await Task.yield()
            calls.note("end \(title)")
            return .int(title.count)
        }
        resolvers.type("Book", of: Int.self) { book in
            book.field("id") { .string("b\($0)") }
            book.field("title") { $0 == 13 ? .null : .string("Book \($0)") }
            book.field("price") { .uint64(UInt64.max - UInt64($0)) }
            book.batch("author") { books, _, calls in
                calls.note("authors of \(books.count)")
                return books.map { .success(.object(Author(name: "A\($0)"))) }
            }
        }
        resolvers.type("Film", of: String.self) { film in
            film.field("id") { .string($0) }
            film.field("minutes") { .int($0.count) }
        }
        resolvers.type("Author", of: Author.self) { author in
            author.field("name") { .string($0.name) }
        }
        return try Engine(
            schema: schema, resolvers: resolvers, scalars: [.uint64], guards: guards)
    }

    private func run(
        _ query: String, _ variables: OrderedDictionary<String, Value> = [:],
        calls: Calls = Calls()
    ) async throws -> String {
        let engine = try Self.engine()
        let operation = try engine.prepare(Request(query: query, variables: variables)).get()
        let response = await engine.execute(operation, context: calls)
        return String(decoding: response.body, as: UTF8.self)
    }

    @Test func `results stand in document order under their response keys`() async throws {
        let text = try await run("{ books { t: title id price __typename } }")
        #expect(
            text == """
                {"data":{"books":[{"t":"Book 0","id":"b0","price":"18446744073709551615",\
                "__typename":"Book"},{"t":"Book 1","id":"b1","price":"18446744073709551614",\
                "__typename":"Book"}]}}
                """)
    }

    @Test func `a batch resolver gets all parents of a level in one call`() async throws {
        let calls = Calls()
        _ = try await run("{ books(first: 100) { author { name } } }", calls: calls)
        #expect(calls.all == ["authors of 100"])
    }

    @Test func `mutation fields run one after another`() async throws {
        let calls = Calls()
        let text = try await run(
            "mutation { a: add(title: \"x\") b: add(title: \"yy\") }", calls: calls)
        #expect(calls.all == ["begin x", "end x", "begin yy", "end yy"])
        #expect(text == #"{"data":{"a":1,"b":2}}"#)
    }

    @Test func `null in a non-null field propagates to the nearest nullable parent`() async throws {
        let text = try await run("{ failing { id } books(first: 14) { title } }")
        #expect(text.hasPrefix(#"{"errors":[{"message":"no","locations":[{"line":1,"column":3}]"#))
        #expect(text.contains(#""path":["books",13,"title"]"#))
        #expect(text.hasSuffix(#""data":null}"#))
    }

    @Test func `an abstract field selects by concrete type`() async throws {
        let text = try await run("{ node { id ... on Book { title } } }")
        #expect(text == #"{"data":{"node":{"id":"b7","title":"Book 7"}}}"#)
    }

    @Test func `objects of several types keep their places in a list`() async throws {
        let text = try await run("{ nodes { id ... on Book { title } ... on Film { minutes } } }")
        #expect(
            text == """
                {"data":{"nodes":[{"id":"b1","title":"Book 1"},{"id":"f1","minutes":2},\
                {"id":"f2","minutes":2},{"id":"b2","title":"Book 2"},{"id":"f3","minutes":2}]}}
                """)
    }

    @Test func `skip and include follow their variables`() async throws {
        let query =
            "query($s: Boolean!) { books(first: 1) { id @skip(if: $s) title @include(if: $s) } }"
        #expect(
            try await run(query, ["s": .bool(true)])
                == #"{"data":{"books":[{"title":"Book 0"}]}}"#)
        #expect(
            try await run(query, ["s": .bool(false)]) == #"{"data":{"books":[{"id":"b0"}]}}"#)
    }

    @Test func `a guard may answer in place of the resolver`() async throws {
        let engine = try Self.engine { type, field in
            guard type.name == "Mutation" else { return nil }
            return { _, _ in .int(-1) }
        }
        let operation = try engine.prepare(Request(query: "mutation { add(title: \"x\") }")).get()
        let calls = Calls()
        let response = await engine.execute(operation, context: calls)
        #expect(String(decoding: response.body, as: UTF8.self) == #"{"data":{"add":-1}}"#)
        #expect(calls.all.isEmpty)
    }

    @Test func `an engine with a field without resolver refuses to start`() throws {
        let schema = try Schema(sdl: [Source("type Query { a: Int b: Int }", name: "s")])
        var resolvers = Resolvers<Calls>()
        resolvers.query("a") { _, _ in .int(1) }
        resolvers.query("c") { _, _ in .int(1) }
        #expect {
            try Engine<Calls>(schema: schema, resolvers: resolvers)
        } throws: { error in
            let text = "\(error)"
            return text.contains("\"Query.b\" has no resolver")
                && text.contains("resolver of \"Query.c\", but no such field")
        }
    }
}
