/// A definition or extension of the type system. One shape serves all kinds; the members that
/// a kind does not have stay empty.
final class TypeSystemDefinition: Sendable {
    enum Kind: Sendable {
        case schema, scalar, object, interface, union, enumeration, inputObject, directive
    }

    let kind: Kind
    let isExtension: Bool
    let parts: TypeSystemParts
    let source: Source

    init(
        kind: Kind, isExtension: Bool, parts: TypeSystemParts, source: Source
    ) {
        self.kind = kind
        self.isExtension = isExtension
        self.parts = parts
        self.source = source
    }

    var name: Name { parts.name }
}

/// What a type-system definition consists of.
struct TypeSystemParts: Sendable {
    var description: Description?
    /// Empty for `schema`.
    var name = Name(value: "", offset: 0)
    var interfaces: [Name] = []
    var directives: [Directive] = []
    var fields: [FieldNode] = []
    /// The members of a union.
    var members: [Name] = []
    var values: [EnumValueNode] = []
    /// The fields of an input object, or the arguments of a directive.
    var inputs: [InputValueNode] = []
    var operationTypes: [OperationTypeNode] = []
    var isRepeatable = false
    var locations: [Name] = []
    var offset: Int32 = 0
}

struct FieldNode: Sendable {
    let description: Description?
    let name: Name
    let arguments: [InputValueNode]
    let type: TypeNode
    let directives: [Directive]
}

struct InputValueNode: Sendable {
    let description: Description?
    let name: Name
    let type: TypeNode
    let defaultValue: ValueNode?
    let directives: [Directive]
}

struct EnumValueNode: Sendable {
    let description: Description?
    let name: Name
    let directives: [Directive]
}

struct OperationTypeNode: Sendable {
    let operation: OperationKind
    let type: Name
    let offset: Int32
}

/// Where a directive may stand (https://spec.graphql.org/September2025/#DirectiveLocation).
public enum DirectiveLocation: String, Sendable, CaseIterable {
    case query = "QUERY"
    case mutation = "MUTATION"
    case subscription = "SUBSCRIPTION"
    case field = "FIELD"
    case fragmentDefinition = "FRAGMENT_DEFINITION"
    case fragmentSpread = "FRAGMENT_SPREAD"
    case inlineFragment = "INLINE_FRAGMENT"
    case variableDefinition = "VARIABLE_DEFINITION"
    case schema = "SCHEMA"
    case scalar = "SCALAR"
    case object = "OBJECT"
    case fieldDefinition = "FIELD_DEFINITION"
    case argumentDefinition = "ARGUMENT_DEFINITION"
    case interface = "INTERFACE"
    case union = "UNION"
    case enumeration = "ENUM"
    case enumValue = "ENUM_VALUE"
    case inputObject = "INPUT_OBJECT"
    case inputFieldDefinition = "INPUT_FIELD_DEFINITION"
}
