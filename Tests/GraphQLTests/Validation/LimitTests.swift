import OrderedCollections
import Testing

@testable import GraphQL

@Suite struct LimitTests {
    private func engine(_ change: (inout EngineOptions) -> Void = { _ in }) throws -> Engine<Value>
    {
        var options = EngineOptions()
        change(&options)
        let schema = try Schema(sdl: [
            Source(
                """
                type Query { a(x: Int): Query items(first: Int, last: Int): [Query!] n: Int }
                """, name: "s")
        ])
        return try Engine(schema: schema, resolvers: DataResolvers.make(schema), options: options)
    }

    private func code(
        _ query: String, _ variables: OrderedDictionary<String, Value> = [:],
        _ change: (inout EngineOptions) -> Void = { _ in }
    ) throws -> String? {
        let result = try engine(change).prepare(Request(query: query, variables: variables))
        if case .failure(let failure) = result { return failure.errors.first?.code }
        return nil
    }

    private func nested(_ depth: Int) -> String {
        String(repeating: "{ a ", count: depth - 1) + "{ n }"
            + String(repeating: "}", count: depth - 1)
    }

    @Test func `depth counts fields with fragments expanded`() throws {
        #expect(try code(nested(20)) == nil)
        #expect(try code(nested(21)) == ErrorCode.documentTooComplex)
        let spread = "{ ...F } fragment F on Query { a { a { n } } }"
        #expect(try code(spread) { $0.maxDepth = 3 } == nil)
        #expect(try code(spread) { $0.maxDepth = 2 } == ErrorCode.documentTooComplex)
    }

    @Test func `aliases, root fields, directives, tokens and bytes are bounded`() throws {
        let aliases = "{" + (0..<50).map { " a\($0): n" }.joined() + " }"
        #expect(try code(aliases) == nil)
        #expect(try code(aliases) { $0.maxAliases = 49 } == ErrorCode.documentTooComplex)
        #expect(try code(aliases) { $0.maxRootFields = 49 } == ErrorCode.documentTooComplex)
        #expect(try code(aliases) { $0.maxTokens = 60 } == ErrorCode.documentTooComplex)
        #expect(try code(aliases) { $0.maxDocumentBytes = 60 } == ErrorCode.documentTooComplex)
        let directives = "{ n" + String(repeating: " @skip(if: false)", count: 300) + " }"
        #expect(try code(directives) == ErrorCode.documentTooComplex)
    }

    @Test func `aliases repeated by fragments count each time`() throws {
        let fragments = (0..<30).map { index in
            "fragment F\(index) on Query { x: a { ...F\(index + 1) } y: a { ...F\(index + 1) } }"
        }.joined(separator: " ")
        let bomb = "{ ...F0 } \(fragments) fragment F30 on Query { n }"
        #expect(try code(bomb) { $0.maxDepth = 100 } == ErrorCode.documentTooComplex)
    }

    @Test func `the cost knows page sizes`() throws {
        let query = "query($n: Int) { items(first: $n) { items(first: 10) { n } } }"
        func cost(_ size: Int64) throws -> String? {
            try code(query, ["n": .int(size)]) { $0.maxCost = 111 }
        }
        #expect(try cost(10) == nil)
        #expect(try cost(11) == ErrorCode.documentTooComplex)
        #expect(try cost(-1) == ErrorCode.documentTooComplex)
        #expect(try cost(0) == nil)
        #expect(try code("{ items(first: -5) { n } }") { $0.maxCost = 101 } == nil)
        #expect(try code("{ items(first: -5) { n } }") { $0.maxCost = 100 } != nil)
        #expect(try code("{ items { n } }") { $0.maxCost = 21 } == nil)
        #expect(try code("{ items { n } }") { $0.maxCost = 20 } != nil)
    }

    @Test func `bombs are refused quickly`() throws {
        let fields = (0..<3_000).map { " a(x: \($0 % 2)) { n }" }.joined()
        let fragments = (0..<900).map { "fragment F\($0) on Query { ...F\($0 + 1) n }" }
        let pairs = (0..<400).map {
            "fragment G\($0) on Query { n \((0..<10).map { "...G\($0)" }.joined(separator: " ")) }"
        }
        let bombs = [
            "{" + String(repeating: "a{", count: 10_000),
            "{" + (0..<10_000).map { " a\($0): n" }.joined() + "}",
            "{" + String(repeating: " n", count: 100_000) + "}",
            "{ ...F0 } " + fragments.joined(separator: " ") + " fragment F900 on Query { n }",
            "{ ...F0 } " + fragments.joined(separator: " ") + " fragment F900 on Query { ...F0 }",
            "{" + fields + " }",
            "{ ...G0 } " + pairs.joined(separator: " "),
        ]
        for bomb in bombs {
            let clock = ContinuousClock()
            var failure: String?
            let time = try clock.measure { failure = try code(bomb) { $0.maxRootFields = 5_000 } }
            #expect(failure != nil)
            #expect(time < .seconds(2), "\(bomb.prefix(60)) took \(time)")
        }
    }
}
