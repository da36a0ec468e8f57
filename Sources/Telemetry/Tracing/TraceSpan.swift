import Synchronization
package import Tracing

/// A span that has ended.
struct FinishedSpan: Sendable {
    let context: TraceContext
    let parent: UInt64?
    var name: String
    let kind: SpanKind
    let start: UInt64
    var end: UInt64 = 0
    var attributes = SpanAttributes()
    var status: SpanStatus?
    var links: [TraceContext] = []
}

/// A span under way. One that is not sampled keeps nothing.
package final class TraceSpan: Tracing.Span {
    package let context: InstrumentationContext
    /// Nil once it has ended, or if it is not sampled.
    private let state: Mutex<FinishedSpan?>
    private let finish: @Sendable (FinishedSpan) -> Void

    /// More links than these are not kept.
    private static let maxLinks = 64

    init(
        _ span: FinishedSpan, context: InstrumentationContext,
        finish: @escaping @Sendable (FinishedSpan) -> Void
    ) {
        self.context = context
        self.finish = finish
        state = Mutex(span.context.isSampled ? span : nil)
    }

    package var isRecording: Bool { state.withLock { $0 != nil } }

    package var operationName: String {
        get { state.withLock { $0?.name } ?? "" }
        set { state.withLock { $0?.name = newValue } }
    }

    package var attributes: SpanAttributes {
        get { state.withLock { $0?.attributes } ?? SpanAttributes() }
        set { state.withLock { $0?.attributes = newValue } }
    }

    package func setStatus(_ status: SpanStatus) { state.withLock { $0?.status = status } }

    /// Events are not kept: what happens within a span has a span of its own.
    package func addEvent(_ event: SpanEvent) {}

    /// Keeps the error's type alone: messages of the database quote values.
    package func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        let type = String(describing: type(of: error))
        state.withLock { span in
            span?.attributes["error.type"] = type
            span?.status = SpanStatus(code: .error)
        }
    }

    package func addLink(_ link: SpanLink) {
        guard let other = link.context.trace else { return }
        state.withLock { span in
            if let count = span?.links.count, count < Self.maxLinks { span?.links.append(other) }
        }
    }

    package func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        let ended = state.withLock { span -> FinishedSpan? in
            defer { span = nil }
            return span
        }
        guard var ended else { return }
        ended.end = max(ended.start, instant().nanosecondsSinceEpoch)
        finish(ended)
    }
}
