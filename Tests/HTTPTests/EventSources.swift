import GraphQL

/// The subscriptions of the tests' API, with what became of them.
struct EventSources: Sendable {
    /// Sources that have been opened, and those that were told to stop.
    let opened = Counter()
    let ended = Counter()
    /// Events that `flood` was asked for.
    let asked = Counter()
    let revocations = Counter()

    func add(to resolvers: inout Resolvers<TestAPI.Context>) {
        resolvers.subscription("ticks") { arguments, _ in
            let count = try arguments.int("count")
            return stream { continuation in
                for tick in 1...count { continuation.yield(.int(tick)) }
                continuation.finish()
            }
        }
        resolvers.subscription("silence") { _, _ in stream { _ in } }
        resolvers.subscription("flood") { arguments, _ in
            let text = String(repeating: "x", count: try arguments.int("bytes"))
            opened.increment()
            return AsyncThrowingStream {
                asked.increment()
                return .string(text)
            }
        }
        resolvers.subscription("forbidden") { _, _ in
            throw GraphQLError("not yours", code: "FORBIDDEN")
        }
        resolvers.subscription("failing") { _, _ in
            stream { continuation in
                continuation.yield(.int(1))
                continuation.finish(throwing: GraphQLError("gone", code: "SERVICE_UNAVAILABLE"))
            }
        }
    }

    private func stream(
        _ fill: (AsyncThrowingStream<Resolved, any Error>.Continuation) -> Void
    ) -> AsyncThrowingStream<Resolved, any Error> {
        opened.increment()
        let (stream, continuation) = AsyncThrowingStream<Resolved, any Error>.makeStream()
        continuation.onTermination = { _ in ended.increment() }
        fill(continuation)
        return stream
    }
}
