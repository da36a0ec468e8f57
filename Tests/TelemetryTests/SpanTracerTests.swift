import Synchronization
import Testing
import Tracing

@testable import Telemetry

@Suite struct SpanTracerTests {
    private final class Spans: Sendable {
        private let state = Mutex<[FinishedSpan]>([])

        var all: [FinishedSpan] { state.withLock { $0 } }

        func add(_ span: FinishedSpan) { state.withLock { $0.append(span) } }
    }

    private struct Carrier: Extractor, Injector {
        func extract(key: String, from headers: [String: String]) -> String? { headers[key] }

        func inject(_ value: String, forKey key: String, into headers: inout [String: String]) {
            headers[key] = value
        }
    }

    private struct Failure: Error {
        let secret = "what nobody may see"
    }

    private func tracer(_ spans: Spans, sampling: Double = 1) -> SpanTracer {
        SpanTracer(sampling: sampling) { spans.add($0) }
    }

    @Test func `spans within spans belong to one trace`() {
        let spans = Spans()
        let tracer = tracer(spans)
        tracer.withSpan("outer", ofKind: .server) { span in
            span.attributes["answer"] = 42
            tracer.withSpan("inner") { _ in }
        }
        let (inner, outer) = (spans.all[0], spans.all[1])
        #expect([inner.name, outer.name] == ["inner", "outer"])
        #expect(inner.context.traceID == outer.context.traceID)
        #expect(inner.parent == outer.context.span)
        #expect(outer.parent == nil)
        #expect(outer.kind == .server)
        #expect(outer.start <= inner.start)
        #expect(inner.end <= outer.end)
        #expect(outer.attributes.get("answer") == .int64(42))
    }

    @Test func `the caller's trace is gone on with, and told of to the next`() throws {
        let spans = Spans()
        let tracer = tracer(spans)
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        var context = InstrumentationContext.topLevel
        tracer.extract(
            ["traceparent": parent, "tracestate": "a=b"], into: &context, using: Carrier())
        var sent: [String: String] = [:]
        tracer.withSpan("within", context: context) { span in
            tracer.inject(span.context, into: &sent, using: Carrier())
        }
        let span = try #require(spans.all.first)
        #expect(span.context.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(span.parent == 0x00f0_67aa_0ba9_02b7)
        #expect(sent["traceparent"] == span.context.traceparent)
        #expect(sent["tracestate"] == "a=b")
    }

    @Test func `a caller that does not sample decides for what follows`() {
        let spans = Spans()
        let tracer = tracer(spans)
        var context = InstrumentationContext.topLevel
        tracer.extract(
            ["traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"],
            into: &context, using: Carrier())
        tracer.withSpan("within", context: context) { span in
            #expect(!span.isRecording)
            #expect(span.context.trace?.isSampled == false)
        }
        #expect(spans.all.isEmpty)
    }

    @Test(arguments: [(0.0, 0...0), (1.0, 2000...2000), (0.25, 300...700)])
    func `the part of traces that is kept is what was asked for`(
        sampling: Double, expected: ClosedRange<Int>
    ) {
        let spans = Spans()
        let tracer = tracer(spans, sampling: sampling)
        for _ in 0..<2000 { tracer.withSpan("one", context: .topLevel) { _ in } }
        #expect(expected.contains(spans.all.count))
    }

    @Test func `an error is kept by its type, not by what it says`() throws {
        let spans = Spans()
        let tracer = tracer(spans)
        #expect(throws: Failure.self) {
            try tracer.withSpan("failing") { _ in throw Failure() }
        }
        let span = try #require(spans.all.first)
        #expect(span.status?.code == .error)
        let body = OTLPBody([span], resource: []).text
        #expect(body.contains("Failure"))
        #expect(!body.contains("nobody may see"))
    }

    @Test func `a span that has ended does not change, nor end again`() {
        let spans = Spans()
        let span = tracer(spans).startSpan("once")
        span.end()
        span.operationName = "twice"
        span.attributes["late"] = true
        span.end()
        #expect(spans.all.map(\.name) == ["once"])
        #expect(spans.all[0].attributes.isEmpty)
    }
}
