import App
import GraphQL
import HTTPTypes
import Metrics
import Synchronization

/// What is counted of requests. The labels are names of ours alone: the schema's root fields, the
/// server's routes, and statuses; nothing that a client sends becomes one.
final class RequestMetrics: Sendable {
    private struct Response: Hashable {
        let route: String
        let status: Int
    }

    private let factory = MetricsSystem.factory
    private let inFlight = Meter(label: "hazina_http_requests_in_flight")
    private let operations: [String: OperationMetrics]
    private let responses = Mutex<[Response: Counter]>([:])

    /// - Parameter rootFields: the names of all fields of operations themselves.
    init(rootFields: [String]) {
        let factory = factory
        operations = Dictionary(
            (rootFields + OperationLabel.others).map { name in
                (name, OperationMetrics(name, factory))
            }, uniquingKeysWith: { first, _ in first })
    }

    func began() { inFlight.increment() }

    func ended() { inFlight.decrement() }

    /// Counts a request that was answered.
    func count(_ exchange: Exchange, status: Int, elapsed: Duration) {
        response(exchange.route, status).increment()
        guard exchange.route == GraphQLRoute<Never>.path else { return }
        operations[exchange.operation]?.count(exchange.outcome(status: status), elapsed)
    }

    private func response(_ route: String, _ status: Int) -> Counter {
        responses.withLock { responses in
            let key = Response(route: route, status: status)
            if let known = responses[key] { return known }
            let new = Counter(
                label: "hazina_http_responses_total",
                dimensions: [("route", route), ("status", String(status))], factory: factory)
            responses[key] = new
            return new
        }
    }
}

/// What is counted of one operation, from its first request on.
private final class OperationMetrics: Sendable {
    private struct Handles {
        let outcomes: [Counter]
        let duration: Timer
    }

    private let name: String
    private let factory: any MetricsFactory
    private let handles = Mutex<Handles?>(nil)

    init(_ name: String, _ factory: any MetricsFactory) {
        self.name = name
        self.factory = factory
    }

    func count(_ outcome: RequestOutcome, _ elapsed: Duration) {
        let (counter, duration) = handles.withLock { handles in
            let made = handles ?? make()
            handles = made
            return (made.outcomes[Int(outcome.rawValue)], made.duration)
        }
        counter.increment()
        duration.record(duration: elapsed)
    }

    /// All outcomes are there from the first request on, so that the first failure is a change.
    private func make() -> Handles {
        Handles(
            outcomes: RequestOutcome.allCases.map { outcome in
                Counter(
                    label: "hazina_requests_total",
                    dimensions: [("operation", name), ("outcome", outcome.label)],
                    factory: factory)
            },
            duration: Timer(
                label: "hazina_request_duration_seconds", dimensions: [("operation", name)],
                factory: factory))
    }
}

/// What a request is counted under: the name of its root field, or one of these.
enum OperationLabel {
    /// It did not come to a document that can be executed.
    static let none = "none"
    /// Several root fields of different names.
    static let several = "several"
    static let batch = "batch"
    static let introspection = "introspection"

    static let others = [none, several, batch, introspection]
}

extension PreparedOperation {
    var label: String {
        guard let first = rootFieldNames.first else { return OperationLabel.none }
        guard rootFieldNames.allSatisfy({ $0 == first }) else { return OperationLabel.several }
        return first.hasPrefix("__") ? OperationLabel.introspection : first
    }
}
