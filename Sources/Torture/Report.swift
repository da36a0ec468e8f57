import Foundation

/// The table that a run ends with.
struct Report {
    let injections: [Injection]
    let tallies: [Int: Inquest.Tally]
    let faults: [Fault]
    /// How long a recovery may take.
    let limit: Duration

    /// Whether anything was lost or doubled.
    var hasLoss: Bool { tallies.values.contains { $0.lost > 0 || $0.doubled > 0 } }

    /// Recoveries that took too long, in words.
    var delays: [String] {
        injections.compactMap { injection in
            guard let recovery = injection.recovery, recovery > limit else { return nil }
            return "\(injection.fault.title): it took \(seconds(recovery)) to recover"
        }
    }

    var text: String {
        var lines = [
            row("fault", ["injected", "acknowledged", "undecided", "lost", "doubled"])
                + "  recovery: median    max"
        ]
        lines.append(line("none yet", count: nil, tally(of: [0]), []))
        for fault in faults {
            let epochs = injections.indices.filter { injections[$0].fault == fault }
            let recoveries = epochs.compactMap { injections[$0].recovery }.sorted()
            lines.append(
                line(fault.title, count: epochs.count, tally(of: epochs.map { $0 + 1 }), recoveries)
            )
        }
        lines.append(
            line("all", count: injections.count, tally(of: Array(tallies.keys)), []))
        return lines.joined(separator: "\n")
    }

    private func tally(of epochs: [Int]) -> Inquest.Tally {
        epochs.compactMap { tallies[$0] }.reduce(into: Inquest.Tally()) { $0.add($1) }
    }

    private func line(
        _ name: String, count: Int?, _ tally: Inquest.Tally, _ recoveries: [Duration]
    ) -> String {
        let numbers = [tally.acknowledged, tally.undecided, tally.lost, tally.doubled]
        let text = row(name, [count.map { "\($0)" } ?? ""] + numbers.map { "\($0)" })
        guard let longest = recoveries.last else { return text }
        let median = recoveries[recoveries.count / 2]
        return text + right(seconds(median), 18) + right(seconds(longest), 7)
    }

    private func row(_ name: String, _ cells: [String]) -> String {
        name.padding(toLength: 36, withPad: " ", startingAt: 0)
            + cells.map { right($0, 13) }.joined()
    }

    private func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }

    private func seconds(_ duration: Duration) -> String {
        duration.formatted(.units(allowed: [.seconds], fractionalPart: .show(length: 2)))
            .split(separator: " ").first.map { "\($0) s" } ?? ""
    }
}

extension Inquest.Tally {
    mutating func add(_ other: Inquest.Tally) {
        acknowledged += other.acknowledged
        undecided += other.undecided
        lost += other.lost
        doubled += other.doubled
    }
}
