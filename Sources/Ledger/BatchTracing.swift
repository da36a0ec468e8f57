import Tracing

/// The spans of what is done in batches: one for each operation, which lasts until its batch is
/// done, and one for the batch, within the first operation's and linked to the others'.
struct BatchTracing: Sendable {
    let tracer: (any Tracer)?
    /// What is done, as a word.
    let name: String

    /// - Parameter perform: gets the span's context, to be handed on to the batch.
    func operation<Result>(
        _ perform: (InstrumentationContext?) async throws -> Result
    ) async throws -> Result {
        guard let tracer, InstrumentationContext.current != nil else {
            return try await perform(nil)
        }
        return try await tracer.withSpan("\(name) operation") { span in
            try await perform(span.context)
        }
    }

    /// - Parameter contexts: of the operations that are traced, of so many in all.
    func batch<Result>(
        of count: Int, _ contexts: @autoclosure () -> [InstrumentationContext],
        _ run: () async -> Result
    ) async -> Result {
        guard let tracer else { return await run() }
        let contexts = contexts()
        guard let first = contexts.first else {
            // The task was begun by an operation of an earlier batch.
            return await InstrumentationContext.$current.withValue(nil) { await run() }
        }
        return await tracer.withSpan("\(name) batch", context: first) { span in
            span.attributes["hazina.operations"] = count
            for context in contexts.dropFirst() {
                span.addLink(SpanLink(context: context, attributes: [:]))
            }
            return await run()
        }
    }
}
