/// One family of metrics: everything that is shown under one name.
package struct MetricDefinition: Sendable {
    package enum Kind: Sendable, Equatable {
        /// Only ever grows while the process lives.
        case counter
        case gauge
        /// How many values were at most as large as each bound, in ascending order.
        case histogram(bounds: [Double])
    }

    package let name: String
    package let kind: Kind
    /// What it counts or measures, and in which unit; one line.
    package let help: String
    /// The names of its labels, in the order in which they are shown.
    package let labels: [String]
    /// How many combinations of labels are kept; further ones are dropped and counted.
    package let limit: Int

    package init(
        _ name: String, _ kind: Kind, labels: [String] = [], limit: Int = 1000, _ help: String
    ) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.limit = limit
    }

    var typeName: String {
        switch kind {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
}

/// A value that is read at the moment when metrics are asked for.
package struct MetricSample: Sendable {
    package let name: String
    package let labels: [(name: String, value: String)]
    package let value: Double

    package init(_ name: String, _ value: Double, _ labels: (name: String, value: String)...) {
        self.name = name
        self.labels = labels
        self.value = value
    }

    package init(_ name: String, _ value: Int, _ labels: (name: String, value: String)...) {
        self.name = name
        self.labels = labels
        self.value = Double(value)
    }
}
