package import Logging

/// The logger of one request, whose lines name the request. It becomes a `Logger` only where
/// something is logged, which is seldom.
package struct RequestLogger: Sendable {
    private let base: Logger
    private let requestID: String
    private let trace: String?

    /// - Parameter trace: the trace that the request belongs to; nil for none.
    package init(_ base: Logger, requestID: String, trace: String? = nil) {
        self.base = base
        self.requestID = requestID
        self.trace = trace
    }

    package var complete: Logger {
        var logger = base
        logger[metadataKey: "requestId"] = .string(requestID)
        if let trace { logger[metadataKey: "traceId"] = .string(trace) }
        return logger
    }

    package func error(_ message: Logger.Message, metadata: Logger.Metadata) {
        complete.error(message, metadata: metadata)
    }
}
