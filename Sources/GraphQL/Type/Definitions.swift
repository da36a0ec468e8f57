import OrderedCollections

/// A field of an object or interface type.
public final class FieldDefinition: Sendable {
    public let name: String
    public let description: String?
    public let type: TypeReference
    public let arguments: [InputValue]
    public let appliedDirectives: [AppliedDirective]
    let position: SchemaPosition

    init(
        name: String, description: String?, type: TypeReference, arguments: [InputValue],
        appliedDirectives: [AppliedDirective], position: SchemaPosition
    ) {
        self.name = name
        self.description = description
        self.type = type
        self.arguments = arguments
        self.appliedDirectives = appliedDirectives
        self.position = position
    }

    public func argument(named name: String) -> InputValue? {
        arguments.first { $0.name == name }
    }

    /// Why the field is deprecated; nil if it is not.
    public var deprecationReason: String? { appliedDirectives.deprecationReason }
}

/// An argument or a field of an input object.
public final class InputValue: Sendable {
    public let name: String
    public let description: String?
    public let type: TypeReference
    public let appliedDirectives: [AppliedDirective]
    let defaultNode: ValueNode?
    let position: SchemaPosition

    init(
        name: String, description: String?, type: TypeReference, defaultNode: ValueNode?,
        appliedDirectives: [AppliedDirective], position: SchemaPosition
    ) {
        self.name = name
        self.description = description
        self.type = type
        self.defaultNode = defaultNode
        self.appliedDirectives = appliedDirectives
        self.position = position
    }

    /// The default as the schema writes it; nil if there is none.
    public var defaultValue: Value? { defaultNode?.untyped }

    /// Whether a value must be given: the type is non-null and there is no default.
    public var isRequired: Bool { type.isNonNull && defaultNode == nil }

    /// Why it is deprecated; nil if it is not.
    public var deprecationReason: String? { appliedDirectives.deprecationReason }
}

/// A value of an enumeration.
public final class EnumValue: Sendable {
    public let name: String
    public let description: String?
    public let appliedDirectives: [AppliedDirective]
    let position: SchemaPosition

    init(
        name: String, description: String?, appliedDirectives: [AppliedDirective],
        position: SchemaPosition
    ) {
        self.name = name
        self.description = description
        self.appliedDirectives = appliedDirectives
        self.position = position
    }

    /// Why it is deprecated; nil if it is not.
    public var deprecationReason: String? { appliedDirectives.deprecationReason }
}

/// A directive that documents or schemas may apply.
public final class DirectiveDefinition: Sendable {
    public let name: String
    public let description: String?
    public let arguments: [InputValue]
    public let isRepeatable: Bool
    public let locations: [DirectiveLocation]
    let position: SchemaPosition

    init(
        name: String, description: String?, arguments: [InputValue], isRepeatable: Bool,
        locations: [DirectiveLocation], position: SchemaPosition
    ) {
        self.name = name
        self.description = description
        self.arguments = arguments
        self.isRepeatable = isRepeatable
        self.locations = locations
        self.position = position
    }

    public func argument(named name: String) -> InputValue? {
        arguments.first { $0.name == name }
    }
}

extension [AppliedDirective] {
    /// The reason of `@deprecated`, or its default.
    var deprecationReason: String? {
        guard let deprecated = first(where: { $0.name == "deprecated" }) else { return nil }
        guard let reason = deprecated.arguments["reason"] else { return "No longer supported" }
        return reason.text
    }
}
