import App
import GraphQL
import HTTPTypes
import Hummingbird
import Tracing

/// The spans of a request: one for all of it, and one for the execution of its operation.
struct RequestTracing: Sendable {
    let tracer: any Tracer

    /// Runs `answer` within the request's span, which belongs to the trace that the caller names in
    /// `traceparent`, if it does.
    func request<Result>(
        _ request: ServerRequest, _ answer: (any Span) async throws -> Result
    ) async rethrows -> Result {
        var context = InstrumentationContext.topLevel
        tracer.extract(request.headers, into: &context, using: HeaderExtractor())
        return try await tracer.withSpan("HTTP", context: context, ofKind: .server, answer)
    }

    /// Runs `execute` within a span of its own.
    func execution<Result>(
        _ operation: PreparedOperation, _ execute: () async -> Result
    ) async -> Result {
        await tracer.withSpan("\(operation.kind.rawValue) \(operation.label)") { _ in
            await execute()
        }
    }

    private struct HeaderExtractor: Extractor {
        func extract(key: String, from headers: HTTPFields) -> String? {
            HTTPField.Name(key).flatMap { headers[$0] }
        }
    }
}

extension Exchange {
    private static let knownMethods: Set<HTTPRequest.Method> = [
        .get, .post, .head, .put, .delete, .options, .patch,
    ]

    /// Writes into the request's span what is known of it at its end.
    func describe(in span: any Span, status: Int) {
        guard span.isRecording else { return }
        let verb = Self.knownMethods.contains(method) ? method.rawValue : "_OTHER"
        span.operationName = "\(verb) \(route)"
        var attributes = span.attributes
        attributes["http.request.method"] = verb
        attributes["http.route"] = route
        attributes["http.response.status_code"] = status
        attributes["hazina.request_id"] = id
        attributes["hazina.operation"] = operation
        attributes["hazina.outcome"] = outcome(status: status).label
        if let tenant { attributes["hazina.tenant"] = tenant }
        span.attributes = attributes
        if outcome(status: status) == .serverError { span.setStatus(SpanStatus(code: .error)) }
    }
}
