import App
import HTTP
import Metrics
import Telemetry

/// What this process shows of itself, whatever it does.
struct Observability: Sendable {
    let registry: MetricsRegistry
    private let process = ProcessMetrics(version: Hazina.version)

    /// Makes the process's metrics go here; for the first part of a process alone, before anything
    /// that is counted is made.
    static func begin() -> Observability {
        let registry = MetricsRegistry(MetricDefinition.all)
        MetricsSystem.bootstrap(registry)
        return Observability(registry: registry)
    }

    /// Where an application's metrics are read.
    func endpoint(_ app: App, token: String?) -> MetricsEndpoint {
        MetricsEndpoint(token: token) {
            registry.render(adding: await app.metrics() + process.samples())
        }
    }
}
