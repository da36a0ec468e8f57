package import Tracing

/// Makes spans and hands those that are sampled to an exporter.
///
/// Whether a trace is sampled is said by whoever began it: the caller, in `traceparent`, or else
/// chance. Nothing here waits for anything.
package final class SpanTracer: Tracer {
    package typealias Span = TraceSpan

    /// The part of traces begun here that are kept, 0 to 1.
    private let sampling: Double
    private let finish: @Sendable (FinishedSpan) -> Void

    package convenience init(sampling: Double, exporter: SpanExporter) {
        self.init(sampling: sampling) { exporter.add($0) }
    }

    init(sampling: Double, finish: @escaping @Sendable (FinishedSpan) -> Void) {
        self.sampling = sampling
        self.finish = finish
    }

    package func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> InstrumentationContext,
        ofKind kind: SpanKind, at instant: @autoclosure () -> Instant, function: String,
        file fileID: String, line: UInt
    ) -> TraceSpan {
        var context = context()
        let parent = context.trace
        let trace =
            parent?.child()
            ?? .root(isSampled: sampling >= 1 || Double.random(in: 0..<1) < sampling)
        context.trace = trace
        let span = FinishedSpan(
            context: trace, parent: parent?.span, name: operationName, kind: kind,
            start: trace.isSampled ? instant().nanosecondsSinceEpoch : 0)
        return TraceSpan(span, context: context, finish: finish)
    }

    /// Spans are sent by and by; there is nothing to hurry.
    package func forceFlush() {}

    // MARK: Instrument

    private static let parentHeader = "traceparent"
    private static let stateHeader = "tracestate"

    package func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout InstrumentationContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let parent = extractor.extract(key: Self.parentHeader, from: carrier) else { return }
        context.trace = TraceContext(
            traceparent: parent, state: extractor.extract(key: Self.stateHeader, from: carrier))
    }

    package func inject<Carrier, Inject: Injector>(
        _ context: InstrumentationContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let trace = context.trace else { return }
        injector.inject(trace.traceparent, forKey: Self.parentHeader, into: &carrier)
        if let state = trace.state {
            injector.inject(state, forKey: Self.stateHeader, into: &carrier)
        }
    }
}
