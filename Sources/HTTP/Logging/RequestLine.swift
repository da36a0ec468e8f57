import App
import HTTPTypes
package import Logging

/// What the one log line of a request says. Arguments, keys and tokens are never part of it.
package struct RequestLine: Sendable {
    package enum Value: Sendable {
        case text(String)
        case integer(Int)
        /// Thousandths of a whole.
        case thousandths(Int64)
        case flag(Bool)
    }

    package static let message = "request"

    package let level: Logger.Level
    let exchange: Exchange
    let status: Int
    let elapsed: Duration

    private static let longestPath = 200
    private static let longestName = 100

    /// Goes through the line's parts in the order of their names.
    package func forEachPart(_ body: (_ name: String, _ value: Value) -> Void) {
        let isGraphQL = exchange.path == GraphQLRoute<Never>.path
        if exchange.hasBadKey { body("badKey", .flag(true)) }
        body("client", .text(exchange.clientText))
        body("durationMs", .thousandths(elapsed.microseconds))
        if isGraphQL { body("field", .text(exchange.operation)) }
        body("method", .text(exchange.method.rawValue))
        if let kind = exchange.operationKind { body("operation", .text(kind)) }
        if let name = exchange.operationName {
            body("operationName", .text(name.cut(to: Self.longestName)))
        }
        if isGraphQL { body("outcome", .text(exchange.outcome(status: status).label)) }
        body("path", .text(exchange.path.cut(to: Self.longestPath)))
        body("requestId", .text(exchange.id))
        body("status", .integer(status))
        if let tenant = exchange.tenant { body("tenant", .text(tenant)) }
        if let trace = exchange.trace { body("traceId", .text(trace)) }
    }
}

/// Where the lines of requests go.
package protocol RequestLog: Sendable {
    /// Lines of lower levels are not even made.
    var level: Logger.Level { get }
    func write(_ line: RequestLine)
}

/// Hands the lines to a logger, part by part.
struct LoggerRequestLog: RequestLog {
    let logger: Logger

    var level: Logger.Level { logger.logLevel }

    func write(_ line: RequestLine) {
        var metadata: Logger.Metadata = [:]
        line.forEachPart { name, value in
            metadata[name] =
                switch value {
                case .text(let text): .string(text)
                case .integer(let number): .stringConvertible(number)
                case .thousandths(let number): .stringConvertible(Double(number) / 1000)
                case .flag(let flag): .stringConvertible(flag)
                }
        }
        logger.log(level: line.level, "\(RequestLine.message)", metadata: metadata)
    }
}

extension Duration {
    fileprivate var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}

extension String {
    /// The text, or its first so many characters.
    fileprivate func cut(to length: Int) -> String {
        utf8.count <= length ? self : String(prefix(length))
    }
}
