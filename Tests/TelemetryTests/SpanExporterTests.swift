import Foundation
import Logging
import Metrics
import Synchronization
import TestSupport
import Testing
import Tracing

@testable import Telemetry

@Suite struct SpanExporterTests {
    private final class Counted: Sendable {
        private let count = Mutex(0)

        func next() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }

    private func lines(_ registry: MetricsRegistry) -> Set<String> {
        Set(registry.render().split(separator: "\n").map(String.init))
    }

    private func makeExporter(
        _ url: String, _ change: (inout SpanExporter.Configuration) -> Void = { _ in }
    ) -> SpanExporter {
        var configuration = SpanExporter.Configuration(url: url)
        configuration.pause = .milliseconds(10)
        configuration.timeout = .seconds(60)
        configuration.resource = [("service.name", "tested")]
        change(&configuration)
        return SpanExporter(
            configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func `spans arrive as OTLP's JSON`() async throws {
        try await TestReceiver.with { receiver in
            let exporter = makeExporter(receiver.url) {
                $0.headers = [("api-key", "of-the-collector")]
            }
            let tracer = SpanTracer(sampling: 1, exporter: exporter)
            exporter.start()
            tracer.withSpan("a \"quoted\"\nname", ofKind: .client) { span in
                span.attributes = ["text": "x", "count": 7, "flag": true, "part": 0.5]
                span.addLink(
                    SpanLink(
                        context: tracer.startSpan("other", context: .topLevel).context,
                        attributes: [:]))
                span.setStatus(SpanStatus(code: .error))
            }
            #expect(await receiver.waitForRequests(1))
            await exporter.stop()
            let request = try #require(receiver.requests.first)
            #expect(request.method == "POST")
            #expect(request.headers["content-type"] == "application/json")
            #expect(request.headers["api-key"] == "of-the-collector")
            let json = try JSON(bytes: Array(request.body.utf8))
            let resource = json.resourceSpans[0].resource.attributes[0]
            #expect(resource.key.text == "service.name")
            #expect(resource.value.stringValue.text == "tested")
            let span = json.resourceSpans[0].scopeSpans[0].spans[0]
            #expect(span.name.text == "a \"quoted\"\nname")
            #expect(span.traceId.text?.count == 32)
            #expect(span.spanId.text?.count == 16)
            #expect(span.startTimeUnixNano.text.flatMap { UInt64($0) } ?? 0 > 1_600_000_000)
            #expect(span.links[0].traceId.text?.count == 32)
            #expect(request.body.contains(#""kind":3"#))
            #expect(request.body.contains(#""status":{"code":2}"#))
            #expect(request.body.contains(#"{"key":"count","value":{"intValue":"7"}}"#))
            #expect(request.body.contains(#"{"key":"flag","value":{"boolValue":true}}"#))
            #expect(request.body.contains(#"{"key":"part","value":{"doubleValue":0.5}}"#))
            #expect(request.body.contains(#"{"key":"text","value":{"stringValue":"x"}}"#))
        }
    }

    @Test func `what is left at the end is sent, in batches`() async throws {
        try await TestReceiver.with { receiver in
            let registry = MetricsRegistry(MetricDefinition.all)
            let exporter = withMetricsFactory(registry) {
                makeExporter(receiver.url) {
                    $0.pause = .seconds(1)
                    $0.batch = 40
                    $0.farewell = .seconds(60)
                }
            }
            let tracer = SpanTracer(sampling: 1, exporter: exporter)
            for _ in 0..<100 { tracer.withSpan("one", context: .topLevel) { _ in } }
            exporter.start()
            await exporter.stop()
            #expect(receiver.requests.count == 3)
            #expect(lines(registry).contains("hazina_trace_spans_exported_total 100"))
        }
    }

    @Test func `spans beyond the queue's end are dropped and counted, and nobody waits`() async {
        let registry = MetricsRegistry(MetricDefinition.all)
        let exporter = withMetricsFactory(registry) {
            makeExporter("http://127.0.0.1:9/v1/traces") {
                $0.capacity = 10
                $0.farewell = .zero
            }
        }
        let tracer = SpanTracer(sampling: 1, exporter: exporter)
        for _ in 0..<25 { tracer.withSpan("one", context: .topLevel) { _ in } }
        #expect(
            lines(registry).contains(#"hazina_trace_spans_dropped_total{reason="queue_full"} 15"#))
        await exporter.stop()
    }

    @Test func `a collector that refuses loses the batch, and is asked again`() async throws {
        let answers = Counted()
        try await TestReceiver.with(
            { _ in
                TestReceiver.Answer(answers.next() == 1 ? 503 : 200)
            }
        ) { receiver in
            let registry = MetricsRegistry(MetricDefinition.all)
            let exporter = withMetricsFactory(registry) { makeExporter(receiver.url) }
            let tracer = SpanTracer(sampling: 1, exporter: exporter)
            exporter.start()
            tracer.withSpan("lost", context: .topLevel) { _ in }
            #expect(await receiver.waitForRequests(1))
            tracer.withSpan("taken", context: .topLevel) { _ in }
            #expect(await receiver.waitForRequests(2))
            await exporter.stop()
            let lines = lines(registry)
            #expect(
                lines.contains(#"hazina_trace_spans_dropped_total{reason="export_failed"} 1"#))
            #expect(lines.contains("hazina_trace_spans_exported_total 1"))
        }
    }
}
