public import OrderedCollections

/// Where something stands in the schema's sources.
struct SchemaPosition: Sendable {
    let source: Source
    let offset: Int32
}

extension SchemaPosition: Hashable {
    static func == (first: SchemaPosition, second: SchemaPosition) -> Bool {
        first.offset == second.offset && first.source.name == second.source.name
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(offset)
        hasher.combine(source.name)
    }
}

/// A directive as applied in the schema, such as `@isAdmin`.
public struct AppliedDirective: Sendable {
    public let name: String
    /// The arguments as written, without defaults.
    public let arguments: OrderedDictionary<String, Value>
    let node: Directive
}

/// A type of the schema (https://spec.graphql.org/September2025/#sec-Types).
public enum NamedType: Sendable {
    case scalar(ScalarType)
    case object(ObjectType)
    case interface(InterfaceType)
    case union(UnionType)
    case enumeration(EnumType)
    case inputObject(InputObjectType)

    public var name: String {
        switch self {
        case .scalar(let type): type.name
        case .object(let type): type.name
        case .interface(let type): type.name
        case .union(let type): type.name
        case .enumeration(let type): type.name
        case .inputObject(let type): type.name
        }
    }

    public var description: String? {
        switch self {
        case .scalar(let type): type.description
        case .object(let type): type.description
        case .interface(let type): type.description
        case .union(let type): type.description
        case .enumeration(let type): type.description
        case .inputObject(let type): type.description
        }
    }

    /// Whether variables and arguments may have the type.
    public var isInput: Bool {
        switch self {
        case .scalar, .enumeration, .inputObject: true
        case .object, .interface, .union: false
        }
    }

    /// Whether fields may have the type.
    public var isOutput: Bool {
        if case .inputObject = self { return false }
        return true
    }

    /// Whether a field of the type needs a selection set.
    public var isComposite: Bool {
        switch self {
        case .object, .interface, .union: true
        case .scalar, .enumeration, .inputObject: false
        }
    }

    /// The fields of an object or interface type; nil for the other kinds.
    public var fields: OrderedDictionary<String, FieldDefinition>? {
        switch self {
        case .object(let type): type.fields
        case .interface(let type): type.fields
        case .scalar, .union, .enumeration, .inputObject: nil
        }
    }

    var appliedDirectives: [AppliedDirective] {
        switch self {
        case .scalar(let type): type.appliedDirectives
        case .object(let type): type.appliedDirectives
        case .interface(let type): type.appliedDirectives
        case .union(let type): type.appliedDirectives
        case .enumeration(let type): type.appliedDirectives
        case .inputObject(let type): type.appliedDirectives
        }
    }
}

/// A leaf type that is no enumeration.
public final class ScalarType: Sendable {
    public let name: String
    public let description: String?
    public let appliedDirectives: [AppliedDirective]
    let position: SchemaPosition

    init(_ head: TypeHead) {
        name = head.name
        description = head.description
        appliedDirectives = head.directives
        position = head.position
    }

    /// The `url` of `@specifiedBy`.
    public var specifiedByURL: String? {
        appliedDirectives.first { $0.name == "specifiedBy" }?.arguments["url"]?.text
    }
}

/// An object type.
public final class ObjectType: Sendable {
    public let name: String
    public let description: String?
    public let appliedDirectives: [AppliedDirective]
    public let fields: OrderedDictionary<String, FieldDefinition>
    /// The names of the interfaces it implements.
    public let interfaces: [String]
    let position: SchemaPosition

    init(
        _ head: TypeHead, fields: OrderedDictionary<String, FieldDefinition>, interfaces: [Name]
    ) {
        name = head.name
        description = head.description
        appliedDirectives = head.directives
        position = head.position
        self.fields = fields
        self.interfaces = interfaces.map(\.value)
    }
}

/// An interface type.
public final class InterfaceType: Sendable {
    public let name: String
    public let description: String?
    public let appliedDirectives: [AppliedDirective]
    public let fields: OrderedDictionary<String, FieldDefinition>
    /// The names of the interfaces it implements.
    public let interfaces: [String]
    let position: SchemaPosition

    init(
        _ head: TypeHead, fields: OrderedDictionary<String, FieldDefinition>, interfaces: [Name]
    ) {
        name = head.name
        description = head.description
        appliedDirectives = head.directives
        position = head.position
        self.fields = fields
        self.interfaces = interfaces.map(\.value)
    }
}

/// A union type.
public final class UnionType: Sendable {
    public let name: String
    public let description: String?
    public let appliedDirectives: [AppliedDirective]
    /// The names of the object types in it.
    public let members: [String]
    let position: SchemaPosition

    init(_ head: TypeHead, members: [String]) {
        name = head.name
        description = head.description
        appliedDirectives = head.directives
        position = head.position
        self.members = members
    }
}

/// An enumeration.
public final class EnumType: Sendable {
    public let name: String
    public let description: String?
    public let appliedDirectives: [AppliedDirective]
    public let values: OrderedDictionary<String, EnumValue>
    let position: SchemaPosition

    init(_ head: TypeHead, values: OrderedDictionary<String, EnumValue>) {
        name = head.name
        description = head.description
        appliedDirectives = head.directives
        position = head.position
        self.values = values
    }
}

/// An input object type.
public final class InputObjectType: Sendable {
    public let name: String
    public let description: String?
    public let appliedDirectives: [AppliedDirective]
    public let fields: OrderedDictionary<String, InputValue>
    let position: SchemaPosition
    /// Whether exactly one field must be given (`@oneOf`).
    public let isOneOf: Bool

    init(_ head: TypeHead, fields: OrderedDictionary<String, InputValue>) {
        name = head.name
        description = head.description
        appliedDirectives = head.directives
        position = head.position
        self.fields = fields
        isOneOf = head.directives.contains { $0.name == "oneOf" }
    }
}

/// What all kinds of types have in common, while the schema is built.
struct TypeHead {
    let name: String
    let description: String?
    let directives: [AppliedDirective]
    let position: SchemaPosition
}
