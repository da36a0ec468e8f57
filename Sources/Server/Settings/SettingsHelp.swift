extension Settings {
    /// The list of all variables for `--help`.
    static var helpText: String {
        let entries = documentation().map { variable in
            "  \(variable.name)  [\(variable.fallback ?? "no default")]\n      \(variable.help)"
        }
        return "Settings are environment variables:\n\n" + entries.joined(separator: "\n")
    }

    /// The same with what each value must be, as a table in Markdown.
    static var referenceTable: String {
        let rows = documentation().map { variable in
            let fallback = variable.fallback ?? ""
            let isLiteral = !fallback.isEmpty && !fallback.contains(" ") && fallback != "none"
            let shown = isLiteral ? "`\(fallback)`" : fallback
            return "| `\(variable.name)` | \(shown) | \(variable.expected) | \(variable.help) |"
        }
        let head = ["| variable | default | expected | |", "| --- | --- | --- | --- |"]
        return (head + rows).joined(separator: "\n")
    }

    /// Warnings about variables that look like ours and are not.
    static func unknownVariables(in environment: [String: String]) -> [String] {
        let known = documentation().map(\.name)
        return environment.keys
            .filter { $0.hasPrefix(prefix) && !known.contains($0) }
            .sorted()
            .map { name in
                guard let close = closest(to: name, among: known) else {
                    return "the variable \(name) is unknown and has no effect"
                }
                return "the variable \(name) is unknown and has no effect; did you mean \(close)?"
            }
    }

    private static func closest(to name: String, among known: [String]) -> String? {
        let candidates = known.map { (name: $0, distance: editDistance(name, $0)) }
        guard let best = candidates.min(by: { $0.distance < $1.distance }) else { return nil }
        let length = name.count - prefix.count
        return best.distance <= max(2, length / 4) ? best.name : nil
    }

    /// How many letters must be added, dropped or changed to turn one name into the other.
    static func editDistance(_ one: String, _ other: String) -> Int {
        let other = Array(other)
        var previous = Array(0...other.count)
        for (row, letter) in one.enumerated() {
            var current = [row + 1]
            for (column, otherLetter) in other.enumerated() {
                let changed = previous[column] + (letter == otherLetter ? 0 : 1)
                current.append(min(changed, previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return previous[other.count]
    }
}
