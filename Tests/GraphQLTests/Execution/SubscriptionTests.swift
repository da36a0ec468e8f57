import Testing

@testable import GraphQL

@Suite struct SubscriptionTests {
    private func engine(
        _ events: @escaping @Sendable () -> AsyncThrowingStream<Resolved, any Error>
    ) throws -> Engine<Int> {
        let schema = try Schema(sdl: [
            Source(
                """
                type Query { a: Int }
                type Subscription { ticks(from: Int = 0): Int! refused: Int payment: Payment }
                type Payment { state: String! }
                """, name: "s")
        ])
        var resolvers = Resolvers<Int>()
        resolvers.query("a") { _, _ in .int(1) }
        resolvers.subscription("ticks") { _, _ in events() }
        resolvers.subscription("refused") { _, _ in throw GraphQLError("no", code: "FORBIDDEN") }
        resolvers.subscription("payment") { _, _ in events() }
        resolvers.type("Payment", of: String.self) { $0.field("state") { .string($0) } }
        return try Engine(schema: schema, resolvers: resolvers)
    }

    private func stream(_ values: [Resolved], failing: Bool = false)
        -> AsyncThrowingStream<Resolved, any Error>
    {
        AsyncThrowingStream { continuation in
            for value in values { continuation.yield(value) }
            continuation.finish(
                throwing: failing ? GraphQLError("gone", code: "UNAVAILABLE") : nil)
        }
    }

    private func bodies(
        _ query: String, _ events: [Resolved], failing: Bool = false
    ) async throws -> [String] {
        let engine = try engine { stream(events, failing: failing) }
        let operation = try engine.prepare(Request(query: query)).get()
        #expect(operation.kind == .subscription)
        var result: [String] = []
        for await response in try await engine.subscribe(operation, context: 0) {
            result.append(String(decoding: response.body, as: UTF8.self))
        }
        return result
    }

    @Test func `each event gives one response`() async throws {
        let bodies = try await bodies("subscription { t: ticks }", [.int(1), .int(2)])
        #expect(bodies == [#"{"data":{"t":1}}"#, #"{"data":{"t":2}}"#])
    }

    @Test func `events are executed like objects of any field`() async throws {
        let bodies = try await bodies(
            "subscription { payment { state __typename } }", [.object("FUNDING"), .null])
        #expect(
            bodies == [
                #"{"data":{"payment":{"state":"FUNDING","__typename":"Payment"}}}"#,
                #"{"data":{"payment":null}}"#,
            ])
    }

    @Test func `failing events end with an error`() async throws {
        let bodies = try await bodies("subscription { ticks }", [.int(1)], failing: true)
        #expect(bodies.count == 2)
        #expect(bodies.last?.contains("\"message\":\"gone\"") == true)
    }

    @Test func `null for a non-null event is a field error`() async throws {
        let bodies = try await bodies("subscription { ticks }", [.null])
        #expect(bodies.first?.hasSuffix("\"data\":null}") == true)
    }

    @Test func `a resolver may refuse before the first event`() async throws {
        let engine = try engine { stream([]) }
        let operation = try engine.prepare(Request(query: "subscription { refused }")).get()
        await #expect {
            _ = try await engine.subscribe(operation, context: 0)
        } throws: { error in
            (error as? RequestFailure)?.errors.first?.code == "FORBIDDEN"
        }
    }
}
