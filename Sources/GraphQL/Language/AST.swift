/// A name and the byte offset where it stands.
struct Name: Sendable {
    let value: String
    let offset: Int32
}

/// A string literal of a description.
struct Description: Sendable {
    let value: String
    let isBlock: Bool
}

/// A parsed document: executable definitions, type-system definitions or both.
public struct Document: Sendable {
    let source: Source
    let definitions: [Definition]

    /// The tokens the document consists of, a measure of its size.
    public let tokenCount: Int

    var operations: [OperationDefinition] {
        definitions.compactMap { if case .operation(let operation) = $0 { operation } else { nil } }
    }

    var fragments: [FragmentDefinition] {
        definitions.compactMap { if case .fragment(let fragment) = $0 { fragment } else { nil } }
    }
}

enum Definition: Sendable {
    case operation(OperationDefinition)
    case fragment(FragmentDefinition)
    case typeSystem(TypeSystemDefinition)
}

/// The three operation types.
public enum OperationKind: String, Sendable {
    case query, mutation, subscription
}

final class OperationDefinition: Sendable {
    let kind: OperationKind
    let name: Name?
    let description: Description?
    let variables: [VariableDefinition]
    let directives: [Directive]
    let selectionSet: SelectionSet
    let offset: Int32

    init(
        kind: OperationKind, name: Name?, description: Description?,
        variables: [VariableDefinition], directives: [Directive], selectionSet: SelectionSet,
        offset: Int32
    ) {
        self.kind = kind
        self.name = name
        self.description = description
        self.variables = variables
        self.directives = directives
        self.selectionSet = selectionSet
        self.offset = offset
    }
}

struct VariableDefinition: Sendable {
    let name: Name
    let description: Description?
    let type: TypeNode
    /// That of `type`, made once: it is asked for with every execution.
    let reference: TypeReference
    let defaultValue: ValueNode?
    let directives: [Directive]
    let offset: Int32
}

final class FragmentDefinition: Sendable {
    let name: Name
    let description: Description?
    let typeCondition: Name
    let directives: [Directive]
    let selectionSet: SelectionSet
    let offset: Int32

    init(
        name: Name, description: Description?, typeCondition: Name, directives: [Directive],
        selectionSet: SelectionSet, offset: Int32
    ) {
        self.name = name
        self.description = description
        self.typeCondition = typeCondition
        self.directives = directives
        self.selectionSet = selectionSet
        self.offset = offset
    }
}

struct SelectionSet: Sendable {
    let selections: [Selection]
    let offset: Int32
}

enum Selection: Sendable {
    case field(Field)
    case spread(FragmentSpread)
    case inline(InlineFragment)

    var directives: [Directive] {
        switch self {
        case .field(let field): field.directives
        case .spread(let spread): spread.directives
        case .inline(let inline): inline.directives
        }
    }
}

final class Field: Sendable {
    let alias: Name?
    let name: Name
    let arguments: [Argument]
    let directives: [Directive]
    let selectionSet: SelectionSet?

    init(
        alias: Name?, name: Name, arguments: [Argument], directives: [Directive],
        selectionSet: SelectionSet?
    ) {
        self.alias = alias
        self.name = name
        self.arguments = arguments
        self.directives = directives
        self.selectionSet = selectionSet
    }

    var offset: Int32 { alias?.offset ?? name.offset }
    /// The key of the field in the response: its alias, or else its name.
    var responseKey: String { alias?.value ?? name.value }
}

final class FragmentSpread: Sendable {
    let name: Name
    let directives: [Directive]
    let offset: Int32

    init(name: Name, directives: [Directive], offset: Int32) {
        self.name = name
        self.directives = directives
        self.offset = offset
    }
}

final class InlineFragment: Sendable {
    let typeCondition: Name?
    let directives: [Directive]
    let selectionSet: SelectionSet
    let offset: Int32

    init(
        typeCondition: Name?, directives: [Directive], selectionSet: SelectionSet, offset: Int32
    ) {
        self.typeCondition = typeCondition
        self.directives = directives
        self.selectionSet = selectionSet
        self.offset = offset
    }
}

struct Argument: Sendable {
    let name: Name
    let value: ValueNode
}

struct Directive: Sendable {
    let name: Name
    let arguments: [Argument]
    let offset: Int32

    func argument(_ name: String) -> Argument? { arguments.first { $0.name.value == name } }
}

/// A literal or a variable.
struct ValueNode: Sendable {
    indirect enum Kind: Sendable {
        case variable(String)
        case int(String)
        case float(String)
        case string(String, isBlock: Bool)
        case bool(Bool)
        case null
        case enumCase(String)
        case list([ValueNode])
        case object([Argument])
    }

    let kind: Kind
    let offset: Int32
}

/// A type as a document writes it.
indirect enum TypeNode: Sendable {
    case named(Name)
    case list(TypeNode, offset: Int32)
    case nonNull(TypeNode)

    var offset: Int32 {
        switch self {
        case .named(let name): name.offset
        case .list(_, let offset): offset
        case .nonNull(let inner): inner.offset
        }
    }

    /// The innermost name.
    var name: Name {
        switch self {
        case .named(let name): name
        case .list(let inner, _), .nonNull(let inner): inner.name
        }
    }

    var reference: TypeReference {
        switch self {
        case .named(let name): .named(name.value)
        case .list(let inner, _): .list(inner.reference)
        case .nonNull(let inner): .nonNull(inner.reference)
        }
    }
}
