/// Near misses of a name, for "Did you mean" in messages.
enum Suggestions {
    /// At most five of the options that are near `input`, the nearest first.
    static func near(_ input: String, _ options: [String]) -> [String] {
        guard input.utf8.count <= 64, options.count <= 2_000 else { return [] }
        let limit = Int(Double(input.utf8.count) * 0.4) + 1
        let source = Array(input.lowercased().utf8)
        var found: [(name: String, distance: Int)] = []
        for option in options where abs(option.utf8.count - source.count) <= limit {
            let distance =
                option == input
                ? 0 : max(1, self.distance(source, Array(option.lowercased().utf8)))
            if distance <= limit { found.append((option, distance)) }
        }
        found.sort { ($0.distance, $0.name) < ($1.distance, $1.name) }
        return found.prefix(5).map(\.name)
    }

    /// ` Did you mean the enum value "A" or "B"?`, or nothing.
    static func didYouMean(
        _ what: String?, _ input: String, _ options: [String], quoted: Bool
    ) -> String {
        sentence(what, near(input, options).map { quoted ? "\"\($0)\"" : $0 })
    }

    static func sentence(_ what: String?, _ names: [String]) -> String {
        guard let last = names.last else { return "" }
        let subject = what.map { $0 + " " } ?? ""
        let list =
            switch names.count {
            case 1: last
            case 2: "\(names[0]) or \(last)"
            default: names.dropLast().joined(separator: ", ") + ", or \(last)"
            }
        return opening + "\(subject)\(list)?"
    }

    private static let opening = " Did you mean "

    /// The message without its suggestion, for those who may not learn the schema's names.
    static func removed(from message: String) -> String {
        guard let range = message.firstRange(of: opening) else { return message }
        return String(message[..<range.lowerBound])
    }

    /// The Damerau-Levenshtein distance of neighbours swapped, letters added, dropped, changed.
    private static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
        if first.isEmpty || second.isEmpty { return max(first.count, second.count) }
        var before: [Int] = []
        var above = Array(0...second.count)
        for row in 1...first.count {
            var line = [row] + [Int](repeating: 0, count: second.count)
            for column in 1...second.count {
                let same = first[row - 1] == second[column - 1]
                var best = min(
                    above[column] + 1, line[column - 1] + 1, above[column - 1] + (same ? 0 : 1))
                if row > 1, column > 1, first[row - 1] == second[column - 2],
                    first[row - 2] == second[column - 1]
                {
                    best = min(best, before[column - 2] + 1)
                }
                line[column] = best
            }
            before = above
            above = line
        }
        return above[second.count]
    }
}
