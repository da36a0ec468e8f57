import App
import HTTPTypes
import Logging

/// One request on its way through the server, with what its log line says. Arguments, keys and
/// tokens are never part of it.
struct Exchange: Sendable {
    let id: String
    let client: IPAddress?
    var logger: Logger
    var method: HTTPRequest.Method
    /// Without the query, which can carry arguments.
    var path: String
    var operationKind: String?
    var operationName: String?
    var tenant: String?
    var hasBadKey = false
    /// What it is counted under: a root field's name, or a word for what is none.
    var operation = OperationLabel.none
    /// Where it is noted how the request ended.
    let observed = OutcomeRecorder()

    private let started = ContinuousClock.now
    private static let longestPath = 200
    private static let longestName = 100

    init(
        id: String, client: IPAddress?, method: HTTPRequest.Method, path: String, logger: Logger
    ) {
        self.id = id
        self.client = client
        self.method = method
        self.path = path
        self.logger = logger
        self.logger[metadataKey: "requestId"] = .string(id)
    }

    /// Its log lines name the trace that it belongs to.
    mutating func note(trace: String) { logger[metadataKey: "traceId"] = .string(trace) }

    /// How long it has taken so far.
    var elapsed: Duration { ContinuousClock.now - started }

    /// The route's name among those that there are.
    var route: String {
        switch path {
        case GraphQLRoute<Never>.path, MetricsEndpoint.path: path
        case _ where HealthRoutes.paths.contains(path): path
        case _ where path.hasPrefix(ClientKeyRoute.prefix): ClientKeyRoute.prefix
        default: "other"
        }
    }

    /// How it ended: as was noted, or else as its status says.
    func outcome(status: Int) -> RequestOutcome {
        let noted = observed.outcome
        guard noted == .ok else { return noted }
        return switch status {
        case ..<400: .ok
        case 401, 403, 429: .refused
        // 501 is a fault of the client's, which sent what nobody has to understand.
        case ..<500, 501: .clientError
        default: .serverError
        }
    }

    /// Writes the one log line of the request.
    func log(status: Int, elapsed: Duration, isQuiet: Bool) {
        // 501 is a fault of the client's, which sent what nobody has to understand.
        // Nor is it one to have no room.
        let isFault = status >= 500 && status != 501 && outcome(status: status) != .refused
        let level: Logger.Level = isQuiet ? .debug : isFault ? .error : .info
        guard logger.logLevel <= level else { return }
        let elapsed = elapsed.components
        let microseconds = elapsed.seconds * 1_000_000 + elapsed.attoseconds / 1_000_000_000_000
        var metadata: Logger.Metadata = [
            "method": .string(method.rawValue),
            "path": .string(String(path.prefix(Self.longestPath))),
            "status": .stringConvertible(status),
            "durationMs": .stringConvertible(Double(microseconds) / 1000),
            "client": .string(client?.description ?? "unknown"),
        ]
        if let operationKind { metadata["operation"] = .string(operationKind) }
        if let operationName {
            metadata["operationName"] = .string(String(operationName.prefix(Self.longestName)))
        }
        if path == GraphQLRoute<Never>.path {
            metadata["field"] = .string(operation)
            metadata["outcome"] = .string(outcome(status: status).label)
        }
        if let tenant { metadata["tenant"] = .string(tenant) }
        if hasBadKey { metadata["badKey"] = .stringConvertible(true) }
        logger.log(level: level, "request", metadata: metadata)
    }
}
