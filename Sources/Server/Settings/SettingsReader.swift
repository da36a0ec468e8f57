import Configuration

/// One environment variable as `--help` shows it.
struct DocumentedVariable: Equatable, Sendable {
    var name: String
    /// The default as it is shown, nil when there is none.
    var fallback: String?
    /// What a value must be, to follow "expected".
    var expected: String
    var help: String
}

/// A variable with a value that cannot be used, or without one that is needed.
struct SettingProblem: Equatable, Sendable {
    var variable: String
    /// What is wrong, to follow the variable's name; it never repeats a secret.
    var complaint: String

    var description: String { "\(variable) \(complaint)" }
}

/// Reads typed settings from the environment, one call for each variable. The calls are at the same
/// time the variables' documentation: what they declare is kept, whether or not a value was there.
struct SettingsReader {
    private(set) var documentation: [DocumentedVariable] = []
    private(set) var problems: [SettingProblem] = []

    private let source: ConfigReader

    /// - Parameter environment: name to value; a value of only white space counts as unset.
    init(environment: [String: String]) {
        source = ConfigReader(
            provider: EnvironmentVariablesProvider(
                environmentVariables: environment,
                secretsSpecifier: .dynamic { name, _ in Settings.secretVariables.contains(name) }))
    }

    /// A value, or nil when the variable is unset or wrong.
    /// - Parameters:
    ///   - fallback: the default as `--help` shows it.
    ///   - expected: what a value must be, to follow "expected".
    ///   - parse: nil for a value that is no such thing.
    mutating func value<Value>(
        _ name: String, fallback: String?, expected: String, help: String,
        parse: (String) -> Value?
    ) -> Value? {
        documentation.append(
            DocumentedVariable(name: name, fallback: fallback, expected: expected, help: help))
        guard let text = text(of: name) else { return nil }
        if let value = parse(text) { return value }
        let isSecret = Settings.secretVariables.contains(name)
        let shown = isSecret ? "has a value that cannot be used" : "is \"\(Self.shown(text))\""
        problems.append(.init(variable: name, complaint: "\(shown), expected \(expected)"))
        return nil
    }

    mutating func integer(
        _ name: String, default fallback: Int, in range: ClosedRange<Int>,
        shownDefault: String? = nil, _ help: String
    ) -> Int {
        let expected =
            range.upperBound == Int.max
            ? "a whole number, at least \(range.lowerBound)"
            : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        let value = value(
            name, fallback: shownDefault ?? String(fallback), expected: expected, help: help
        ) { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }
        return value ?? fallback
    }

    mutating func flag(_ name: String, default fallback: Bool, _ help: String) -> Bool {
        let value = value(
            name, fallback: String(fallback), expected: "true or false", help: help
        ) { text -> Bool? in
            switch text.lowercased() {
            case "true", "yes", "on", "1": true
            case "false", "no", "off", "0": false
            default: nil
            }
        }
        return value ?? fallback
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, shownDefault: String, _ help: String
    ) -> Choice? where Choice.RawValue == String {
        let names = Choice.allCases.map(\.rawValue)
        return value(
            name, fallback: shownDefault,
            expected: "one of " + names.joined(separator: ", "), help: help
        ) { Choice(rawValue: $0.lowercased()) }
    }

    /// Records that a variable is needed and has no value.
    mutating func require(_ name: String, because reason: String) {
        // A wrong value has been reported already.
        guard !problems.contains(where: { $0.variable == name }) else { return }
        problems.append(.init(variable: name, complaint: "is not set, but \(reason)"))
    }

    private func text(of name: String) -> String? {
        let key = ConfigKey(name.lowercased().split(separator: "_").map(String.init))
        guard let text = source.string(forKey: key) else { return nil }
        let trimmed = text.trimmingCharacters { $0.isWhitespace }
        return trimmed.isEmpty ? nil : trimmed
    }

    /// A value fit for one line of a message.
    private static func shown(_ text: String) -> String {
        let clean = text.map { $0.isNewline || !$0.isPrintable ? "?" : $0 }
        return clean.count > 60 ? String(clean.prefix(60)) + "..." : String(clean)
    }
}

extension String {
    func trimmingCharacters(where isTrimmed: (Character) -> Bool) -> String {
        var rest = self.drop(while: isTrimmed)
        while let last = rest.last, isTrimmed(last) { rest.removeLast() }
        return String(rest)
    }
}

extension Character {
    fileprivate var isPrintable: Bool {
        unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
                .paragraphSeparator:
                false
            default: true
            }
        }
    }
}
