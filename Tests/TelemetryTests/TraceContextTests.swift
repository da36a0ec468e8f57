import Testing
import Tracing

@testable import Telemetry

@Suite struct TraceContextTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"

    @Test func `a traceparent is read and written as it came`() throws {
        let text = "00-\(Self.trace)-00f067aa0ba902b7-01"
        let context = try #require(TraceContext(traceparent: text, state: "vendor=1"))
        #expect(context.traceID == Self.trace)
        #expect(context.spanID == "00f067aa0ba902b7")
        #expect(context.isSampled)
        #expect(context.state == "vendor=1")
        #expect(context.traceparent == text)
        let unsampled = TraceContext(traceparent: "00-\(Self.trace)-00f067aa0ba902b7-00")
        #expect(unsampled?.isSampled == false)
    }

    @Test func `a later version may say more`() {
        #expect(TraceContext(traceparent: "01-\(Self.trace)-00f067aa0ba902b7-01-more") != nil)
    }

    @Test(
        arguments: [
            "", "x", "00", "00-\(trace)-00f067aa0ba902b7",
            "00-\(trace)-00f067aa0ba902b7-01-more", "ff-\(trace)-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-\(trace)-0000000000000000-01", "00-\(trace.uppercased())-00f067aa0ba902b7-01",
            "00-\(trace)x-00f067aa0ba902b7-01", "00-+\(trace.dropFirst())-00f067aa0ba902b7-01",
            "0-\(trace)-00f067aa0ba902b7-01", "00-\(trace)-00f067aa0ba902b7-1",
            "00--00f067aa0ba902b7-01", "00-\(trace)-00f067aa0ba902b7-zz",
        ])
    func `what is malformed begins no trace`(text: String) {
        #expect(TraceContext(traceparent: text) == nil)
    }

    @Test func `a tracestate without end is not passed on`() throws {
        let text = "00-\(Self.trace)-00f067aa0ba902b7-01"
        let long = try #require(
            TraceContext(traceparent: text, state: String(repeating: "a", count: 600)))
        #expect(long.state == nil)
    }
}
