/// What a resolver gives back.
public enum Resolved: Sendable {
    case null
    case bool(Bool)
    case int(Int)
    case uint64(UInt64)
    case double(Double)
    case string(String)
    /// A leaf or a list of leaves in the form of an input value, or a custom scalar's JSON.
    case value(Value)
    case list([Resolved])
    /// The sources of a list of objects; `objects(_:)` makes it.
    case sources(ObjectSources)
    /// The source of the sub-selection of a field whose type is an object type.
    /// In a box, as without it every value would be passed through memory.
    indirect case object(any Sendable)
    /// An item of a list that has failed; the others are not concerned.
    indirect case failure(any Error)
    /// For a field of interface or union type: the name of the concrete type and its source.
    indirect case typed(String, any Sendable)
}

extension Resolved {
    /// A text, or null.
    public static func optional(_ text: String?) -> Resolved { text.map { .string($0) } ?? .null }
    /// An integer, or null.
    public static func optional(_ number: Int?) -> Resolved { number.map { .int($0) } ?? .null }
    /// An unsigned integer, or null.
    public static func optional(_ number: UInt64?) -> Resolved {
        number.map { .uint64($0) } ?? .null
    }
    /// The source of an object, or null.
    public static func optional(object: (some Sendable)?) -> Resolved {
        object.map { .object($0) } ?? .null
    }
    /// The sources of a list of objects.
    public static func objects(_ sources: [some Sendable]) -> Resolved {
        .sources(ObjectSources(array: TypedSources(array: sources)))
    }
}

/// Sources of one Swift type, in an array of that type: none is in a box of its own.
public struct ObjectSources: Sendable {
    let array: any SourceArray
}
