public import OrderedCollections

/// A schema built from SDL and checked by the rules of the specification. Immutable.
public final class Schema: Sendable {
    /// The description of the `schema` definition.
    public let description: String?
    /// The types of the sources in the order of definition, then the built-in ones.
    public let types: OrderedDictionary<String, NamedType>
    /// The built-in directives and those of the sources.
    public let directives: OrderedDictionary<String, DirectiveDefinition>
    /// The object type that queries start from.
    public let queryType: ObjectType?
    /// The object type that mutations start from.
    public let mutationType: ObjectType?
    /// The object type that subscriptions start from.
    public let subscriptionType: ObjectType?
    /// Directives applied to the schema itself.
    public let appliedDirectives: [AppliedDirective]
    /// `__schema`, `__type` and `__typename`.
    let metaFields: OrderedDictionary<String, FieldDefinition>
    private let possible: [String: [String]]
    private let possibleSets: [String: Set<String>]

    /// Parses, checks and builds.
    ///
    /// Throws `SchemaErrors` with the first hundred problems, each with its source, line and
    /// column.
    public convenience init(sdl: [Source]) throws {
        var documents: [Document] = []
        var problems: [SchemaProblem] = []
        for source in sdl {
            do {
                documents.append(try Parser.parse(source, limits: .trusted))
            } catch {
                problems.append(SchemaProblem(error, in: source))
            }
        }
        if !problems.isEmpty { throw SchemaErrors(problems: problems) }
        try self.init(documents: documents)
    }

    convenience init(documents: [Document]) throws {
        let validator = SDLValidator(documents: documents)
        validator.run()
        if !validator.problems.isEmpty { throw SchemaErrors(problems: validator.problems) }
        self.init(SchemaBuilder(documents: documents))
        var check = SchemaValidator(schema: self)
        check.run()
        if !check.problems.isEmpty { throw SchemaErrors(problems: check.problems) }
    }

    private init(_ builder: SchemaBuilder) {
        var builder = builder
        builder.build()
        description = builder.schemaDescription
        metaFields = builder.metaFields
        types = builder.types
        directives = builder.directives
        appliedDirectives = builder.schemaDirectives
        let types = builder.types
        func root(_ kind: OperationKind) -> ObjectType? {
            guard let name = builder.rootNames[kind], case .object(let type) = types[name] else {
                return nil
            }
            return type
        }
        queryType = root(.query)
        mutationType = root(.mutation)
        subscriptionType = root(.subscription)
        possible = builder.possibleTypes()
        possibleSets = possible.mapValues(Set.init)
        misplacedRoots = builder.rootNames.filter { name in
            if case .object = types[name.value] { return false }
            return true
        }
    }

    /// Root operation types that are no object types, for the schema's own validation.
    let misplacedRoots: [OperationKind: String]

    /// The type with a name, built-in ones included.
    public func type(named name: String) -> NamedType? { types[name] }

    /// The names of all fields of operations themselves.
    public var rootFieldNames: [String] {
        [queryType, mutationType, subscriptionType].compactMap(\.self).flatMap {
            Array($0.fields.keys)
        }
    }

    /// The object type that operations of a kind start from.
    public func rootType(_ kind: OperationKind) -> ObjectType? {
        switch kind {
        case .query: queryType
        case .mutation: mutationType
        case .subscription: subscriptionType
        }
    }

    /// The names of the object types that a value of a composite type may have.
    public func possibleTypes(of name: String) -> [String] { possible[name] ?? [] }

    /// Whether an object type is `name` itself, implements it or is a member of it.
    func isPossible(_ objectType: String, for name: String) -> Bool {
        possibleSets[name]?.contains(objectType) ?? false
    }

    /// Whether two composite types have an object type in common.
    func overlap(_ first: String, _ second: String) -> Bool {
        guard let left = possibleSets[first], let right = possibleSets[second] else { return false }
        return first == second || !left.isDisjoint(with: right)
    }

    /// Whether every value of `type` is one of `other`
    /// (https://spec.graphql.org/September2025/#IsValidImplementationFieldType()).
    func isSubtype(_ type: TypeReference, of other: TypeReference) -> Bool {
        switch (type, other) {
        case (.nonNull(let inner), .nonNull(let otherInner)):
            return isSubtype(inner, of: otherInner)
        case (.nonNull(let inner), _):
            return isSubtype(inner, of: other)
        case (.list(let inner), .list(let otherInner)):
            return isSubtype(inner, of: otherInner)
        case (.named(let name), .named(let otherName)):
            if name == otherName { return true }
            switch types[name] {
            case .object: return isPossible(name, for: otherName)
            case .interface(let interface): return interface.interfaces.contains(otherName)
            default: return false
            }
        default:
            return false
        }
    }

    /// The definition of a field that may be selected on a composite type, meta fields included.
    func field(_ name: String, on type: NamedType) -> FieldDefinition? {
        if let field = type.fields?[name] { return field }
        guard name.hasPrefix("__") else { return nil }
        if name == "__typename" { return type.isComposite ? metaFields[name] : nil }
        return type.name == queryType?.name ? metaFields[name] : nil
    }
}

/// One thing wrong with a schema.
public struct SchemaProblem: Sendable, CustomStringConvertible {
    public let message: String
    public let source: String
    public let location: SourceLocation?

    init(_ message: String, at position: SchemaPosition?) {
        self.message = message
        source = position?.source.name ?? "schema"
        location = position.map { $0.source.location(at: $0.offset) }
    }

    init(_ error: GraphQLError, in source: Source) {
        message = error.message
        self.source = source.name
        location = error.locations.first
    }

    public var description: String {
        guard let location else { return "\(source): \(message)" }
        return "\(source):\(location.line):\(location.column): \(message)"
    }
}

/// What is wrong with a schema.
public struct SchemaErrors: Error, Sendable, CustomStringConvertible {
    /// More problems than these are not looked for.
    static let maxProblems = 100

    public let problems: [SchemaProblem]

    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
