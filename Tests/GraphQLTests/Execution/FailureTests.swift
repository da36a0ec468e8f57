import OrderedCollections
import Testing

@testable import GraphQL

@Suite struct FailureTests {
    static let sdl = """
        type Query { list: [Item!] strict: [Item!]! item: Item bad: Int wrong: Int any: Node self: Query! slow: Int scalars: [Int!] }
        interface Node { id: ID! }
        type Item implements Node { id: ID! ok: Int name: String! child: Item! lone: Int }
        type Other { id: ID! }
        """

    private struct Item: Sendable {
        let id: Int
    }

    private func engine() throws -> Engine<Int> {
        var resolvers = Resolvers<Int>()
        resolvers.query("list") { _, _ in .objects([Item(id: 1), Item(id: 2)]) }
        resolvers.query("strict") { _, _ in .objects([Item(id: 1), Item(id: 2)]) }
        resolvers.query("item") { _, _ in .object(Item(id: 1)) }
        resolvers.query("bad") { _, _ in .string("x") }
        resolvers.query("wrong") { _, _ in .list([.int(1)]) }
        resolvers.query("any") { _, _ in .typed("Other", 1) }
        resolvers.query("self") { _, _ in .object(NoSource()) }
        resolvers.query("slow") { _, _ in
            try await Task.sleep(for: .seconds(30))
            return .int(1)
        }
        resolvers.query("scalars") { _, _ in .list([.int(1), .null]) }
        resolvers.type("Item", of: Item.self) { item in
            item.field("id") { .int($0.id) }
            item.field("ok") { _ in .null }
            item.field("name") { (item: Item) in
                if item.id == 2 { throw GraphQLError("no name", code: "NOT_FOUND") }
                return .string("n\(item.id)")
            }
            item.field("child") { _, _, _ in .null }
            item.batch("lone") { items, _, _ in
                items.map {
                    $0.id == 1 ? .success(.int(1)) : .failure(GraphQLError("l", code: "L"))
                }
            }
        }
        resolvers.type("Other", of: Int.self) { $0.field("id") { .int($0) } }
        return try Engine(schema: Schema(sdl: [Source(Self.sdl, name: "s")]), resolvers: resolvers)
    }

    private func run(_ query: String) async throws -> Value {
        let engine = try engine()
        let operation = try engine.prepare(Request(query: query)).get()
        let response = await engine.execute(operation, context: 0)
        return try JSONReader.read(response.body)
    }

    private func path(_ response: Value, _ index: Int = 0) -> Value? {
        guard case .list(let errors)? = response["errors"], errors.indices.contains(index) else {
            return nil
        }
        return errors[index]["path"]
    }

    @Test func `an error in an item makes the list null where items are non-null`() async throws {
        let response = try await run("{ list { id name } item { id } }")
        #expect(response["data"]?["list"] == .null)
        #expect(response["data"]?["item"] == .object(["id": .string("1")]))
        #expect(path(response) == .list([.string("list"), .int(1), .string("name")]))
    }

    @Test func `an error goes up through non-null lists to data`() async throws {
        let response = try await run("{ strict { name } }")
        #expect(response["data"] == .null)
    }

    @Test func `null for a non-null object goes up`() async throws {
        let response = try await run("{ self { item { child { id } } a: item { ok } } }")
        #expect(response["data"]?["self"]?["item"] == .null)
        #expect(response["data"]?["self"]?["a"] == .object(["ok": .null]))
    }

    @Test func `one failing parent of a batch leaves the others`() async throws {
        let response = try await run("{ list { lone } }")
        #expect(
            response["data"]?["list"]
                == .list([.object(["lone": .int(1)]), .object(["lone": .null])]))
        #expect(path(response) == .list([.string("list"), .int(1), .string("lone")]))
    }

    @Test func `values that do not fit their type are errors`() async throws {
        let response = try await run("{ bad wrong any { id } scalars }")
        #expect(
            response["data"]
                == .object(["bad": .null, "wrong": .null, "any": .null, "scalars": .null]))
        #expect(path(response, 3) == .list([.string("scalars"), .int(1)]))
    }

    @Test(.timeLimit(.minutes(1)))
    func `fields of a query run side by side`() async throws {
        let (arrivals, arrival) = AsyncStream.makeStream(of: Void.self)
        var resolvers = Resolvers<Int>()
        resolvers.query("waits") { _, _ in
            for await _ in arrivals { break }
            return .int(1)
        }
        resolvers.query("arrives") { _, _ in
            arrival.yield()
            return .int(2)
        }
        let engine = try Engine<Int>(
            schema: Schema(sdl: [Source("type Query { waits: Int arrives: Int }", name: "s")]),
            resolvers: resolvers)
        let operation = try engine.prepare(Request(query: "{ waits arrives }")).get()
        let response = await engine.execute(operation, context: 0)
        #expect(response.body == Array(#"{"data":{"waits":1,"arrives":2}}"#.utf8))
    }

    @Test func `cancelling the task cancels resolvers`() async throws {
        let engine = try engine()
        let operation = try engine.prepare(Request(query: "{ slow self { slow } }")).get()
        let task = Task { await engine.execute(operation, context: 0) }
        task.cancel()
        let response = await task.value
        #expect(response.hasErrors)
    }

    @Test func `errors of resolvers are presented with the context`() async throws {
        var resolvers = Resolvers<String>()
        resolvers.query("a") { _, _ in throw WrongBatchSize() }
        let engine = try Engine<String>(
            schema: Schema(sdl: [Source("type Query { a: Int }", name: "s")]),
            resolvers: resolvers,
            presentError: { _, context in GraphQLError("told to \(context)", code: "X") })
        let operation = try engine.prepare(Request(query: "{ a }")).get()
        let response = await engine.execute(operation, context: "me")
        #expect(response.errors.map(\.message) == ["told to me"])
        #expect(response.errors.first?.code == "X" && !response.dataIsNull)
    }

    @Test(arguments: [
        ("{ a }", false), ("{ a b: a }", false), ("{ a text }", true), ("{ text a }", true),
        ("{ missing }", false), ("{ text missing }", true), ("{ text required }", false),
    ])
    func `a response tells whether there is any value in it`(
        query: String, hasValue: Bool
    ) async throws {
        var resolvers = Resolvers<Int>()
        for name in ["a", "required"] { resolvers.query(name) { _, _ in throw WrongBatchSize() } }
        resolvers.query("missing") { _, _ in .null }
        resolvers.query("text") { _, _ in .string(":null") }
        let sdl = "type Query { a: Int required: Int! missing: Int text: String }"
        let engine = try Engine<Int>(
            schema: Schema(sdl: [Source(sdl, name: "s")]), resolvers: resolvers)
        let operation = try engine.prepare(Request(query: query)).get()
        #expect(await engine.execute(operation, context: 0).hasValue == hasValue)
    }

    @Test func `suggestions are for those who may read the schema`() throws {
        let engine = try engine()
        func message(_ isAllowed: Bool) -> String? {
            switch engine.prepare(Request(query: "{ itme }"), allowIntrospection: isAllowed) {
            case .success: nil
            case .failure(let failure): failure.errors.first?.message
            }
        }
        #expect(message(true)?.contains("Did you mean \"item\"") == true)
        #expect(message(false) == "Cannot query field \"itme\" on type \"Query\".")
    }

    @Test func `no more than a thousand errors are listed`() async throws {
        let items = [Value](repeating: .string("x"), count: 1_500)
        let schema = try Schema(sdl: [Source("type Query { a: [Int] }")])
        let engine = try Engine<Value>(schema: schema, resolvers: DataResolvers.make(schema))
        let operation = try engine.prepare(Request(query: "{ a }")).get()
        let response = await engine.execute(operation, data: .object(["a": .list(items)]))
        #expect(response.errors.count == 1_001)
        #expect(
            response.errors.last?.message
                == "Too many errors: those of further fields are left out.")
        let body = String(decoding: response.body, as: UTF8.self)
        #expect(body.split(separator: "null", omittingEmptySubsequences: false).count == 1_501)
    }

    @Test func `messages quote only the beginning of what was given`() throws {
        let schema = try Schema(sdl: [Source("type Query { a(x: Int): Int }")])
        let engine = try Engine<Value>(schema: schema, resolvers: DataResolvers.make(schema))
        let long = String(repeating: "é", count: 10_000)
        let request = Request(query: "query($x: Int) { a(x: $x) }", variables: ["x": .string(long)])
        guard case .failure(let failure) = engine.prepare(request) else {
            Issue.record("the value is no integer")
            return
        }
        let message = try #require(failure.errors.first?.message)
        #expect(message.utf8.count < 2_010)
        #expect(message.hasPrefix("Variable \"$x\" got invalid value \"éé"))
        #expect(message.hasSuffix("é…"))
    }
}
