import Telemetry
import TestSupport
import Testing
import Tracing

@testable import HTTP

@Suite struct TracingTests {
    private static let parent = "4bf92f3577b34da6a3ce929d0e0e4736"

    /// Serves with a tracer whose spans a receiver gets, and gives it what came in the end.
    private func spans(
        sampling: Double = 1, of body: (TestAPI) async throws -> Void
    ) async throws -> [JSON] {
        try await TestReceiver.with { receiver in
            var configuration = SpanExporter.Configuration(url: receiver.url)
            configuration.farewell = .seconds(60)
            configuration.timeout = .seconds(60)
            let exporter = SpanExporter(configuration, logger: TestSupport.logger)
            exporter.start()
            try await TestAPI.serve(
                { $0.tracer = SpanTracer(sampling: sampling, exporter: exporter) }, body)
            await exporter.stop()
            return try receiver.requests.flatMap { request in
                try JSON(bytes: Array(request.body.utf8))
                    .resourceSpans[0].scopeSpans[0].spans.items
            }
        }
    }

    private func value(_ key: String, of span: JSON) -> JSON {
        span.attributes.items.first { $0.key.text == key }?.value ?? .null
    }

    @Test func `a request has a span, and its execution one within, in the caller's trace`()
        async throws
    {
        let spans = try await spans { api in
            let reply = try await api.post(
                #"{"query":"query Mine { hello echo(text: \"what was said\") }"}"#,
                headers: [
                    ("traceparent", "00-\(Self.parent)-00f067aa0ba902b7-01"),
                    ("x-api-key", TestAPI.goodKey), ("X-Request-Id", "order-4711"),
                ])
            #expect(reply.status == 200)
            #expect(api.log.requests[0].fields["traceId"] == Self.parent)
        }
        #expect(spans.allSatisfy { $0.traceId.text == Self.parent })
        let request = try #require(spans.first { $0.name.text == "POST /graphql" })
        #expect(request.parentSpanId.text == "00f067aa0ba902b7")
        #expect(request.kind.number == 2)
        #expect(value("hazina.operation", of: request).stringValue.text == "several")
        #expect(value("hazina.outcome", of: request).stringValue.text == "ok")
        #expect(value("hazina.tenant", of: request).stringValue.text == "tenant-1")
        #expect(value("hazina.request_id", of: request).stringValue.text == "order-4711")
        #expect(value("http.response.status_code", of: request).intValue.text == "200")
        let execution = try #require(spans.first { $0.name.text == "query several" })
        #expect(execution.parentSpanId == request.spanId)
        #expect(!"\(spans)".contains("what was said"))
        #expect(!"\(spans)".contains(TestAPI.goodKey))
    }

    @Test func `health checks and what is not sampled leave no spans`() async throws {
        let spans = try await spans { api in
            _ = try await api.request("GET", "/healthz")
            _ = try await api.post(
                #"{"query":"{ hello }"}"#,
                headers: [("traceparent", "00-\(Self.parent)-00f067aa0ba902b7-00")])
            #expect(api.log.requests.allSatisfy { $0.fields["traceId"] == nil })
        }
        #expect(spans.isEmpty)
    }

    @Test func `a traceparent that is malformed begins a trace of its own`() async throws {
        let spans = try await spans { api in
            _ = try await api.post(
                #"{"query":"{ hello }"}"#, headers: [("traceparent", "00-zz-zz-01")])
        }
        #expect(spans.count == 2)
        #expect(spans.contains { $0.parentSpanId.isNull })
    }

    @Test func `where nobody traces there is no span, nor a trace id in the log`() async throws {
        try await TestAPI.serve { api in
            _ = try await api.post(
                #"{"query":"{ hello }"}"#,
                headers: [("traceparent", "00-\(Self.parent)-00f067aa0ba902b7-01")])
            #expect(api.log.requests[0].fields["traceId"] == nil)
        }
    }
}
