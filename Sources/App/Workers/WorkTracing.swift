import Tracing

/// The traces of work that comes by itself: each piece begins one.
struct WorkTracing: Sendable {
    let tracer: (any Tracer)?

    /// - Parameter attributes: ids and counts, never what a tenant keeps to itself.
    func piece<Result>(
        _ name: String, ofKind kind: SpanKind = .internal,
        _ attributes: @autoclosure () -> [String: String],
        _ body: ((any Span)?) async throws -> Result
    ) async rethrows -> Result {
        guard let tracer else { return try await body(nil) }
        return try await tracer.withSpan(name, context: .topLevel, ofKind: kind) { span in
            if span.isRecording {
                for (name, value) in attributes() { span.attributes[name] = value }
            }
            return try await body(span)
        }
    }
}
