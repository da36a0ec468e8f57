import Metrics

/// What came of an attempt, as far as it is counted.
protocol ObservedDelivery {
    /// nil if the attempt was given up.
    var isDelivered: Bool? { get }
    /// Whether there was no answer in time.
    var wasSilent: Bool? { get }
}

/// What the delivery of events tells through swift-metrics.
struct WebhookMetrics: Sendable {
    private let delivered = Self.counter("delivered")
    /// The receiver answered with another status than 2xx.
    private let refused = Self.counter("refused")
    /// There was no answer.
    private let unanswered = Self.counter("unanswered")
    private let seconds = Metrics.Timer(label: "hazina_webhook_delivery_seconds")
    private let inFlight = Meter(label: "hazina_webhook_deliveries_in_flight")
    /// Events that are not tried any more.
    private let givenUp = Counter(label: "hazina_webhook_events_failed_total")

    private static func counter(_ outcome: String) -> Counter {
        Counter(label: "hazina_webhook_deliveries_total", dimensions: [("outcome", outcome)])
    }

    func gaveUp() { givenUp.increment() }

    func measure<Outcome: ObservedDelivery>(_ deliver: () async -> Outcome) async -> Outcome {
        inFlight.increment()
        defer { inFlight.decrement() }
        let began = ContinuousClock.now
        let outcome = await deliver()
        guard let isDelivered = outcome.isDelivered else { return outcome }
        seconds.record(duration: began.duration(to: .now))
        if isDelivered {
            delivered.increment()
        } else {
            (outcome.wasSilent == true ? unanswered : refused).increment()
        }
        return outcome
    }
}
