package import Metrics

/// Keeps what is recorded through swift-metrics, and shows it in Prometheus' text format.
///
/// Only metrics that are defined are kept, so that neither a library nor a slip of the pen can make
/// more. A handle is found once and then costs an atomic addition.
package final class MetricsRegistry: MetricsFactory, Sendable {
    /// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private static let dropped = MetricDefinition(
        "hazina_metrics_dropped_label_sets_total", .counter,
        "Combinations of labels that were not kept because a metric had too many.")

    private let families: [MetricFamily]
    private let byName: [String: MetricFamily]
    private let droppedSets = Cell()

    /// - Parameter definitions: everything that is ever shown, in this order.
    package init(_ definitions: [MetricDefinition]) {
        families = definitions.map { MetricFamily($0) }
        byName = Dictionary(
            families.map { ($0.definition.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The names of all metrics.
    package var names: [String] { families.map(\.definition.name) + [Self.dropped.name] }

    /// All metrics as text.
    /// - Parameter samples: values that were read just now, of metrics that are defined.
    package func render(adding samples: [MetricSample] = []) -> String {
        let samples = Dictionary(grouping: samples, by: \.name)
        var text = ""
        for family in families {
            family.write(to: &text, samples[family.definition.name] ?? [])
        }
        MetricFamily(Self.dropped).write(
            to: &text, [MetricSample(Self.dropped.name, droppedSets.value)])
        return text
    }

    /// Nil for a metric that is not defined, or is of another kind.
    private func series<Series>(
        _ label: String, _ dimensions: [(String, String)], as: Series.Type
    ) -> Series? {
        guard let family = byName[label], family.make() is Series else { return nil }
        do {
            return try family.series(dimensions) as? Series
        } catch .tooMany {
            droppedSets.add(1)
            return nil
        } catch {
            return nil
        }
    }

    // MARK: MetricsFactory

    package func makeCounter(
        label: String, dimensions: [(String, String)]
    ) -> any CounterHandler {
        series(label, dimensions, as: CounterSeries.self) ?? NOOPMetricsHandler.instance
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, as: GaugeSeries.self) ?? NOOPMetricsHandler.instance
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        series(label, dimensions, as: (any RecorderHandler).self) ?? NOOPMetricsHandler.instance
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, as: HistogramSeries.self) ?? NOOPMetricsHandler.instance
    }

    // A series stays for as long as the process: a counter that begins anew would mislead.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}
