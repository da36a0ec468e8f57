import Tracing

/// Writes the trace that is under way into the headers of a request.
struct TraceHeaders: Injector {
    func inject(_ value: String, forKey key: String, into headers: inout [(String, String)]) {
        headers.append((key, value))
    }

    /// The headers for the span that is under way; none where nobody traces.
    static func current(_ tracer: (any Tracer)?) -> [(String, String)] {
        var headers: [(String, String)] = []
        guard let tracer, let context = InstrumentationContext.current else { return headers }
        tracer.inject(context, into: &headers, using: TraceHeaders())
        return headers
    }
}
