/// What a key may be used for within what its kind may: reading alone, or some root fields.
package struct KeyRestriction: Sendable, Equatable {
    /// The most fields that a key can be restricted to.
    static let maximumFields = 500
    /// Says what the key is, and so is never refused.
    private static let alwaysAllowed = "whoami"

    package let isReadOnly: Bool
    /// The root fields that may be called; nil for all.
    package let fields: [String]?

    package static let none = KeyRestriction(isReadOnly: false, fields: nil)

    init(isReadOnly: Bool, fields: [String]?) {
        self.isReadOnly = isReadOnly
        self.fields = fields
    }

    /// Why a root field may not be called; nil if it may.
    func refusal(of field: String, isMutation: Bool) -> AccessError? {
        if isReadOnly, isMutation { return .readOnlyKey(field: field) }
        guard let fields, field != Self.alwaysAllowed, !fields.contains(field) else { return nil }
        return .restrictedKey(field: field)
    }

    /// Whether all that the other restriction allows is allowed by this one.
    func covers(_ other: KeyRestriction) -> Bool {
        if isReadOnly, !other.isReadOnly { return false }
        guard let fields else { return true }
        return other.fields.map { Set(fields).isSuperset(of: $0) } ?? false
    }
}

/// What was asked for as the restriction of a new key.
struct RequestedRestriction: Sendable {
    let isReadOnly: Bool?
    let fields: [String]?

    /// The restriction of the new key. What is not asked for is as with the key that makes it.
    /// - Parameter known: the names of all root fields.
    /// - Throws: `InvalidInput` for names of no field, `AccessError.strongerKey` if the new key
    ///   could do more than the one that makes it.
    func restriction(within own: KeyRestriction, known: Set<String>) throws -> KeyRestriction {
        let restriction = KeyRestriction(
            isReadOnly: isReadOnly ?? own.isReadOnly,
            fields: try fields.map { try Self.checked($0, known) } ?? own.fields)
        guard own.covers(restriction) else { throw AccessError.strongerKey }
        return restriction
    }

    private static func checked(_ fields: [String], _ known: Set<String>) throws -> [String] {
        let names = Set(fields)
        guard (1...KeyRestriction.maximumFields).contains(names.count) else {
            throw InvalidInput("fields must name 1 to \(KeyRestriction.maximumFields) root fields")
        }
        guard names.isSubset(of: known) else {
            throw InvalidInput(
                "fields must name root fields of the schema, such as asset or createAsset")
        }
        return names.sorted()
    }
}
