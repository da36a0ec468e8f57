/// What the maker of a payment wrote on it.
package struct PaymentDetails: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    static let maximumEntries = 50

    package let description: String?
    package let externalRef: String?
    package let metadata: [Entry]

    /// - Throws: `InvalidInput` for texts over 255 characters, more than 50 entries of metadata,
    ///   names that are empty, over 40 characters or there twice, and values over 500.
    package init(description: String?, externalRef: String?, metadata: [Entry]) throws {
        if let description {
            try InvalidInput.check(description, "description", length: 0...255, hasLines: true)
        }
        if let externalRef {
            try InvalidInput.check(externalRef, "externalRef", length: 0...255)
        }
        guard metadata.count <= Self.maximumEntries else {
            throw InvalidInput("metadata must have \(Self.maximumEntries) entries at most")
        }
        for entry in metadata {
            try InvalidInput.check(entry.name, "metadata.name", length: 1...40)
            try InvalidInput.check(entry.value, "metadata.value", length: 0...500, hasLines: true)
        }
        guard Set(metadata.map(\.name)).count == metadata.count else {
            throw InvalidInput("metadata must not have a name twice")
        }
        self.description = description
        self.externalRef = externalRef
        self.metadata = metadata
    }

    /// From columns, where names and values stand in turn.
    init(description: String?, externalRef: String?, columns: [String]) {
        self.description = description
        self.externalRef = externalRef
        metadata = stride(from: 0, to: columns.count - 1, by: 2).map { position in
            Entry(name: columns[position], value: columns[position + 1])
        }
    }

    var metadataColumns: [String] {
        metadata.flatMap { [$0.name, $0.value] }
    }

    /// The members of an event that tell of it; what is absent or empty has none.
    var json: [String: CanonicalJSON] {
        var members: [String: CanonicalJSON] = [:]
        if let description, !description.isEmpty { members["description"] = .string(description) }
        if let externalRef, !externalRef.isEmpty { members["externalRef"] = .string(externalRef) }
        if !metadata.isEmpty {
            members["metadata"] = .object(
                Dictionary(metadata.map { ($0.name, .string($0.value)) }) { _, last in last })
        }
        return members
    }
}
