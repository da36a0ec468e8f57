/// A failure that the caller can cause and mend. Each feature has a closed enum of its own.
package protocol DomainError: Error {
    /// The `code` of a mutation's answer: an HTTP status as text, 4xx.
    var code: String { get }
    /// What is wrong, and what to do where that is not plain.
    var message: String { get }
}

/// A text or number that a field cannot take.
package struct InvalidInput: DomainError {
    package let message: String
    package var code: String { "400" }

    package init(_ message: String) {
        self.message = message
    }

    /// Refuses empty texts where `range` starts at 1, texts longer than it ends (in Unicode
    /// scalars, PostgreSQL's characters), and control characters.
    /// - Parameter hasLines: whether it may have several lines, and tabs.
    package static func check(
        _ text: String, _ field: String, length range: ClosedRange<Int> = 1...255,
        hasLines: Bool = false
    ) throws {
        let scalars = text.unicodeScalars
        guard range.contains(scalars.count) else {
            throw InvalidInput(
                "\(field) must have \(range.lowerBound) to \(range.upperBound) characters")
        }
        let isAllowed = scalars.allSatisfy { scalar in
            scalar.properties.generalCategory != .control
                || hasLines && ["\n", "\r", "\t"].contains(scalar)
        }
        guard isAllowed else { throw InvalidInput("\(field) must not hold control characters") }
    }
}
