import Synchronization

/// The series of one name, by their labels.
final class MetricFamily: Sendable {
    let definition: MetricDefinition
    private let series = Mutex<[String: any MetricSeries]>([:])
    /// Makes what is kept for one combination of labels.
    let make: @Sendable () -> any MetricSeries

    init(_ definition: MetricDefinition) {
        self.definition = definition
        make =
            switch definition.kind {
            case .counter: { CounterSeries() }
            case .gauge: { GaugeSeries() }
            case .histogram(let bounds): { HistogramSeries(bounds: bounds) }
            }
    }

    enum Refusal: Error {
        /// The labels are not those of the definition.
        case wrongLabels
        /// There are as many combinations as may be.
        case tooMany
    }

    /// The series of these labels, made when it is first asked for.
    func series(_ labels: [(String, String)]) throws(Refusal) -> any MetricSeries {
        guard let key = text(labels) else { throw .wrongLabels }
        let found = series.withLock { series -> (any MetricSeries)? in
            if let known = series[key] { return known }
            guard series.count < definition.limit else { return nil }
            let new = make()
            series[key] = new
            return new
        }
        guard let found else { throw .tooMany }
        return found
    }

    /// Appends the family: its help, its type and all its samples.
    /// - Parameter samples: values that were read just now.
    func write(to text: inout String, _ samples: [MetricSample]) {
        text += "# HELP \(definition.name) \(definition.help)\n"
        text += "# TYPE \(definition.name) \(definition.typeName)\n"
        let series = series.withLock { $0 }.sorted { $0.key < $1.key }
        for (labels, one) in series { one.write(to: &text, name: definition.name, labels: labels) }
        for sample in samples.prefix(definition.limit) {
            guard let labels = self.text(sample.labels.map { ($0.name, $0.value) }) else {
                continue
            }
            text.appendSample(definition.name, labels, sample.value.metricText)
        }
    }

    /// `name="value",...` in the order of the definition; nil if they are other labels.
    private func text(_ labels: [(String, String)]) -> String? {
        guard labels.count == definition.labels.count else { return nil }
        var text = ""
        for name in definition.labels {
            guard let value = labels.first(where: { $0.0 == name })?.1 else { return nil }
            if !text.isEmpty { text += "," }
            text += "\(name)=\"\(value.escapedForLabel)\""
        }
        return text
    }
}
