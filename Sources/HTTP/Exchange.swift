import App
import HTTPTypes
import Logging

/// One request on its way through the server, with what its log line says. Arguments, keys and
/// tokens are never part of it.
struct Exchange: Sendable {
    /// What never changes of a request, in one place: an exchange is copied on its way.
    final class Request: Sendable {
        let id: String
        let client: IPAddress?
        /// The same as text, or that it is not known.
        let clientText: String
        let method: HTTPRequest.Method
        /// Without the query, which can carry arguments.
        let path: String
        /// The trace that it belongs to, for its log lines.
        let trace: String?
        let started = ContinuousClock.now
        private let base: Logger

        init(
            id: String, client: IPAddress?, method: HTTPRequest.Method, path: String,
            trace: String?, logger: Logger
        ) {
            self.id = id
            self.client = client
            clientText = client?.description ?? "unknown"
            self.method = method
            self.path = path
            self.trace = trace
            base = logger
        }

        /// Whose lines name the request.
        var logger: RequestLogger { RequestLogger(base, requestID: id, trace: trace) }
    }

    let request: Request
    var operationKind: String?
    var operationName: String?
    var tenant: String?
    var hasBadKey = false
    /// What it is counted under: a root field's name, or a word for what is none.
    var operation = OperationLabel.none
    /// Where it is noted how the request ended.
    var observed = OutcomeRecorder()
    /// It cannot be answered before it is known for certain whose it is.
    var needsIdentity = false

    init(
        id: String, client: IPAddress?, method: HTTPRequest.Method, path: String,
        trace: String? = nil, logger: Logger
    ) {
        request = Request(
            id: id, client: client, method: method, path: path, trace: trace, logger: logger)
    }

    var id: String { request.id }
    var client: IPAddress? { request.client }
    var clientText: String { request.clientText }
    var method: HTTPRequest.Method { request.method }
    var path: String { request.path }
    var trace: String? { request.trace }
    var logger: RequestLogger { request.logger }

    /// How long it has taken so far.
    var elapsed: Duration { ContinuousClock.now - request.started }

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
    func log(to log: any RequestLog, status: Int, elapsed: Duration, isQuiet: Bool) {
        // 501 is a fault of the client's, which sent what nobody has to understand.
        // Nor is it one to have no room.
        let isFault = status >= 500 && status != 501 && outcome(status: status) != .refused
        let level: Logger.Level = isQuiet ? .debug : isFault ? .error : .info
        guard log.level <= level else { return }
        log.write(RequestLine(level: level, exchange: self, status: status, elapsed: elapsed))
    }
}
