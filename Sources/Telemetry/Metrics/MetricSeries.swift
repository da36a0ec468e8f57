import Metrics
import Synchronization

/// A count that is added to without a lock.
final class Cell: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .relaxed) }

    func add(_ amount: Int) { count.wrappingAdd(amount, ordering: .relaxed) }

    func reset() { count.store(0, ordering: .relaxed) }
}

/// A number that is set or added to without a lock.
final class NumberCell: Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var seen = bits.load(ordering: .relaxed)
        while true {
            let sum = (Double(bitPattern: seen) + amount).bitPattern
            let (isDone, now) = bits.weakCompareExchange(
                expected: seen, desired: sum, ordering: .relaxed)
            if isDone { return }
            seen = now
        }
    }
}

/// What is kept for one combination of a family's labels.
protocol MetricSeries: AnyObject, Sendable {
    /// Appends its lines.
    /// - Parameter labels: `name="value"` pairs joined by commas, escaped; may be empty.
    func write(to text: inout String, name: String, labels: String)
}

final class CounterSeries: MetricSeries, CounterHandler {
    private let cell = Cell()

    func increment(by amount: Int64) { cell.add(Int(amount)) }

    func reset() { cell.reset() }

    func write(to text: inout String, name: String, labels: String) {
        text.appendSample(name, labels, String(cell.value))
    }
}

final class GaugeSeries: MetricSeries, MeterHandler, RecorderHandler {
    private let cell = NumberCell()

    func set(_ value: Int64) { cell.set(Double(value)) }
    func set(_ value: Double) { cell.set(value) }
    func increment(by amount: Double) { cell.add(amount) }
    func decrement(by amount: Double) { cell.add(-amount) }
    func record(_ value: Int64) { cell.set(Double(value)) }
    func record(_ value: Double) { cell.set(value) }

    func write(to text: inout String, name: String, labels: String) {
        text.appendSample(name, labels, cell.value.metricText)
    }
}

/// A distribution. As a timer it is given nanoseconds and keeps seconds.
final class HistogramSeries: MetricSeries, RecorderHandler, TimerHandler {
    private let bounds: [Double]
    /// One for each bound, and one for what is above the last.
    private let cells: [Cell]
    private let sum = NumberCell()

    init(bounds: [Double]) {
        self.bounds = bounds
        cells = (0...bounds.count).map { _ in Cell() }
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        cells[index].add(1)
        sum.add(value)
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }

    func write(to text: inout String, name: String, labels: String) {
        let prefix = labels.isEmpty ? "" : labels + ","
        var count = 0
        for (bound, cell) in zip(bounds, cells) {
            count += cell.value
            text.appendSample(
                name + "_bucket", "\(prefix)le=\"\(bound.metricText)\"", String(count))
        }
        count += cells[bounds.count].value
        text.appendSample(name + "_bucket", "\(prefix)le=\"+Inf\"", String(count))
        text.appendSample(name + "_sum", labels, sum.value.metricText)
        text.appendSample(name + "_count", labels, String(count))
    }
}

extension String {
    /// Appends one line of the exposition format.
    mutating func appendSample(_ name: String, _ labels: String, _ value: String) {
        append(name)
        if !labels.isEmpty {
            append("{")
            append(labels)
            append("}")
        }
        append(" ")
        append(value)
        append("\n")
    }

    /// The text as a label's value: backslashes, quotes and line breaks escaped.
    var escapedForLabel: String {
        guard utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension Double {
    /// The number as the exposition format has it.
    var metricText: String {
        if isNaN { return "NaN" }
        if isInfinite { return self > 0 ? "+Inf" : "-Inf" }
        if self == rounded(), magnitude < 1e15 { return String(Int64(self)) }
        return String(self)
    }
}
