import Tracing

/// An operation on its way into a batch.
struct QueuedOperation: Sendable {
    let operation: LedgerOperation
    /// The span in which it was asked for; nil where nobody traces.
    let context: InstrumentationContext?
}

/// The spans of the ledger: one for each operation, which lasts until its batch is committed, and one
/// for the batch, within the first operation's and linked to the others'.
struct LedgerTracing: Sendable {
    let tracer: (any Tracer)?

    func operation<Result>(
        _ perform: (InstrumentationContext?) async throws -> Result
    ) async throws -> Result {
        guard let tracer, InstrumentationContext.current != nil else {
            return try await perform(nil)
        }
        return try await tracer.withSpan("ledger operation") { span in
            try await perform(span.context)
        }
    }

    func batch<Result>(
        _ queued: [QueuedOperation], _ run: ([LedgerOperation]) async -> Result
    ) async -> Result {
        let operations = queued.map(\.operation)
        guard let tracer, let first = queued.lazy.compactMap(\.context).first else {
            return await run(operations)
        }
        return await tracer.withSpan("ledger batch", context: first) { span in
            span.attributes["hazina.operations"] = queued.count
            for context in queued.compactMap(\.context).dropFirst() {
                span.addLink(SpanLink(context: context, attributes: [:]))
            }
            return await run(operations)
        }
    }
}
