import Testing

/// Something that a file of the project must not do.
struct Rule: Sendable, CustomTestStringConvertible {
    let name: String
    /// What to do instead.
    let advice: String
    /// The lines, from 1, at which a file breaks the rule.
    let check: @Sendable (SourceFile) -> [Int]

    var testDescription: String { name }

    static let all = layering + style + sizes
}

extension Rule {
    /// A rule that no line's code matches `pattern`, in the files that `applies` names. The pattern
    /// is made once for each file: to make it anew for each line takes longer than to match it.
    static func never<Output>(
        _ name: String,
        _ pattern: @escaping @Sendable () -> Regex<Output>,
        in applies: @escaping @Sendable (SourceFile) -> Bool = { _ in true },
        advice: String
    ) -> Rule {
        Rule(name: name, advice: advice) { file in
            applies(file) ? file.scan.code.lineNumbers(matching: pattern()) : []
        }
    }
}

extension [String] {
    /// The positions, from 1, of the lines in which `pattern` is found.
    func lineNumbers(matching pattern: Regex<some Any>) -> [Int] {
        enumerated().compactMap { $0.element.contains(pattern) ? $0.offset + 1 : nil }
    }
}
