import App
import Foundation
import HTTP
import Logging
import Metrics
import Telemetry
import Tracing

/// What this process shows of itself, whatever it does.
struct Observability: Sendable {
    let registry: MetricsRegistry
    /// Nil where nobody traces.
    let tracer: (any Tracer)?
    private let exporter: SpanExporter?
    private let process = ProcessMetrics(version: Hazina.version)

    /// Makes the process's metrics go here, and its traces to a collector if there is one; for the
    /// first part of a process alone, before anything that is counted is made.
    static func begin(_ settings: ObservationSettings, logger: Logger) -> Observability {
        let registry = MetricsRegistry(MetricDefinition.all)
        MetricsSystem.bootstrap(registry)
        let exporter = exporter(settings.tracing, logger: logger)
        exporter?.start()
        return Observability(
            registry: registry,
            tracer: exporter.map {
                SpanTracer(sampling: settings.tracing.sampling, exporter: $0)
            }, exporter: exporter)
    }

    private static func exporter(_ settings: TracingSettings, logger: Logger) -> SpanExporter? {
        guard let url = settings.url else { return nil }
        var configuration = SpanExporter.Configuration(url: url)
        configuration.headers = settings.headers
        configuration.resource = [
            ("service.name", settings.serviceName), ("service.version", Hazina.version),
            ("process.pid", String(ProcessInfo.processInfo.processIdentifier)),
        ]
        return SpanExporter(configuration, logger: logger)
    }

    /// Sends what is left; for the last part of a process.
    func end() async { await exporter?.stop() }

    /// Where an application's metrics are read.
    /// - Parameter admission: of its requests; nil where none are taken.
    func endpoint(
        _ app: App, _ admission: Admission? = nil, token: String?
    ) -> MetricsEndpoint {
        MetricsEndpoint(token: token) {
            let samples = await app.metrics() + process.samples()
            return registry.render(adding: samples + (admission?.samples ?? []))
        }
    }
}
