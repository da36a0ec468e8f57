import Tracing

/// The spans of statements that travel together: one each, by its name, never with its values.
/// There are none unless a trace is under way in this task.
struct StatementSpans: Sendable {
    private let spans: [any Span]

    /// More statements of one round trip have no spans of their own.
    private static let limit = 32

    init(_ statements: [SQL], _ tracer: (any Tracer)?) {
        guard let tracer, let context = InstrumentationContext.current else {
            spans = []
            return
        }
        spans = statements.prefix(Self.limit).map { sql in
            let name = sql.traceName
            let span = tracer.startSpan(name, context: context, ofKind: .client)
            if span.isRecording {
                span.attributes = ["db.system.name": "postgresql", "db.operation.name": "\(name)"]
            }
            return span
        }
    }

    /// The statements have been answered, or failed.
    func end(_ error: (any Error)? = nil) {
        for span in spans {
            if let error { span.recordError(error) }
            span.end()
        }
    }

    static func around<Result>(
        _ statements: [SQL], _ tracer: any Tracer, _ body: () async throws -> Result
    ) async throws -> Result {
        let spans = StatementSpans(statements, tracer)
        do {
            let result = try await body()
            spans.end()
            return result
        } catch {
            spans.end(error)
            throw error
        }
    }
}
