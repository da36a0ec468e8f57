import OrderedCollections
import Synchronization

/// The fields to execute on one object type, merged and in document order
/// (https://spec.graphql.org/September2025/#CollectFields()).
final class SelectionPlan: Sendable {
    let type: ObjectType
    let fields: [FieldPlan]
    let makeRows: @Sendable (SourceBatch) -> (any Sendable)?

    init(
        type: ObjectType, fields: [FieldPlan],
        makeRows: @escaping @Sendable (SourceBatch) -> (any Sendable)?
    ) {
        self.type = type
        self.fields = fields
        self.makeRows = makeRows
    }
}

/// One response field of a selection.
final class FieldPlan: Sendable {
    let key: String
    /// `"key":` as the response has it.
    let keyBytes: [UInt8]
    let parentName: String
    let definition: FieldDefinition
    /// All places in the document that ask for the field under this key.
    let nodes: [Field]
    let completion: Completion
    /// Whether the field has no sub-selection.
    let isLeaf: Bool
    /// What the field is where it is one built-in scalar and no list.
    let plainLeaf: PlainLeaf
    let resolver: FieldResolver
    let check: FieldGuard?
    /// The arguments, where they do not depend on variables.
    let constantArguments: Result<Arguments, GraphQLError>?
    private let compiler: PlanCompiler
    private let subplans = Mutex<[String: SelectionPlan]>([:])

    init(
        key: String, parent: ObjectType, definition: FieldDefinition, nodes: [Field],
        binding: FieldBinding, compiler: PlanCompiler
    ) {
        self.key = key
        var writer = JSONWriter()
        writer.string(key)
        writer.byte(0x3A)
        keyBytes = writer.bytes
        parentName = parent.name
        self.definition = definition
        self.nodes = nodes
        self.compiler = compiler
        completion = Completion(definition.type, compiler.core)
        isLeaf = completion.isLeaf
        switch completion {
        case .leaf(let output), .nonNull(.leaf(let output)): plainLeaf = PlainLeaf(output)
        default: plainLeaf = .none
        }
        resolver = binding.resolver
        check = binding.check
        let arguments = nodes.first?.arguments ?? []
        let isConstant = !arguments.contains { $0.value.hasVariables }
        constantArguments =
            isConstant
            ? compiler.core.arguments(definition, arguments, variables: [:])
                .mapError { $0.error(in: compiler.document.source) } : nil
    }

    /// The arguments with this execution's variables.
    func arguments(_ variables: [String: Value]) -> Result<Arguments, GraphQLError> {
        if let constantArguments { return constantArguments }
        return compiler.core.arguments(
            definition, nodes.first?.arguments ?? [], variables: variables
        ).mapError { $0.error(in: compiler.document.source) }
    }

    /// The plan of the sub-selection for a concrete type; nil if there is no such type here.
    func subplan(_ typeName: String) -> SelectionPlan? {
        subplans.withLock { plans in
            if let plan = plans[typeName] { return plan }
            guard case .object(let type) = compiler.core.schema.types[typeName] else { return nil }
            let plan = compiler.plan(type, nodes.compactMap(\.selectionSet))
            plans[typeName] = plan
            return plan
        }
    }

    /// Whether an abstract type of this field admits the object type.
    func admits(_ typeName: String) -> Bool {
        compiler.core.schema.isPossible(typeName, for: definition.type.namedType)
    }

    var locations: [SourceLocation] {
        nodes.map { compiler.document.source.location(at: $0.offset) }
    }
}

extension ValueNode {
    var hasVariables: Bool {
        switch kind {
        case .variable: true
        case .list(let items): items.contains { $0.hasVariables }
        case .object(let fields): fields.contains { $0.value.hasVariables }
        default: false
        }
    }
}

/// How a field's value becomes part of the response
/// (https://spec.graphql.org/September2025/#CompleteValue()).
indirect enum Completion: Sendable {
    case nonNull(Completion)
    case list(Completion)
    case leaf(LeafOutput)
    case object(String)
    case abstract(String)

    init(_ type: TypeReference, _ core: EngineCore) {
        switch type {
        case .nonNull(let inner): self = .nonNull(Completion(inner, core))
        case .list(let inner): self = .list(Completion(inner, core))
        case .named(let name):
            switch core.schema.types[name] {
            case .object: self = .object(name)
            case .interface, .union: self = .abstract(name)
            case .enumeration(let type): self = .leaf(.enumeration(type))
            default: self = .leaf(LeafOutput(scalar: name, core.input.scalars[name]))
            }
        }
    }

    /// Whether a leaf stands inside all lists and non-null marks.
    var isLeaf: Bool {
        switch self {
        case .nonNull(let inner), .list(let inner): inner.isLeaf
        case .leaf: true
        case .object, .abstract: false
        }
    }
}

/// Makes plans for one document and one set of answers to its `@skip` and `@include` conditions.
final class PlanCompiler: Sendable {
    let core: EngineCore
    let document: Document
    private let fragments: [String: FragmentDefinition]
    private let conditions: [String: Bool]

    init(
        core: EngineCore, document: Document, fragments: [String: FragmentDefinition],
        conditions: [String: Bool]
    ) {
        self.core = core
        self.document = document
        self.fragments = fragments
        self.conditions = conditions
    }

    func plan(_ type: ObjectType, _ sets: [SelectionSet]) -> SelectionPlan {
        var collector = Collector(compiler: self, type: type)
        for set in sets { collector.collect(set) }
        let fields = collector.keys.compactMap { key -> FieldPlan? in
            guard let nodes = collector.fields[key], let name = nodes.first?.name.value,
                let definition = core.schema.field(name, on: .object(type)),
                let binding = core.binding(name, of: type)
            else { return nil }
            return FieldPlan(
                key: key, parent: type, definition: definition, nodes: nodes, binding: binding,
                compiler: self)
        }
        let makeRows = core.types[type.name]?.makeRows ?? Rows<NoSource>.make
        return SelectionPlan(type: type, fields: fields, makeRows: makeRows)
    }

    private struct Collector {
        let compiler: PlanCompiler
        let type: ObjectType
        var keys: [String] = []
        var fields: [String: [Field]] = [:]
        var visited: Set<String> = []

        mutating func collect(_ set: SelectionSet) {
            for selection in set.selections where compiler.isIncluded(selection.directives) {
                switch selection {
                case .field(let field):
                    let key = field.responseKey
                    if fields[key] == nil { keys.append(key) }
                    fields[key, default: []].append(field)
                case .inline(let inline):
                    if let condition = inline.typeCondition?.value,
                        !compiler.core.schema.isPossible(type.name, for: condition)
                    {
                        continue
                    }
                    collect(inline.selectionSet)
                case .spread(let spread):
                    guard visited.insert(spread.name.value).inserted,
                        let fragment = compiler.fragments[spread.name.value],
                        compiler.core.schema.isPossible(
                            type.name, for: fragment.typeCondition.value)
                    else { continue }
                    collect(fragment.selectionSet)
                }
            }
        }
    }

    /// https://spec.graphql.org/September2025/#sec--skip
    private func isIncluded(_ directives: [Directive]) -> Bool {
        for directive in directives {
            let name = directive.name.value
            guard name == "skip" || name == "include" else { continue }
            let answer: Bool
            switch directive.argument("if")?.value.kind {
            case .bool(let value)?: answer = value
            case .variable(let name)?: answer = conditions[name] ?? false
            default: answer = name == "include"
            }
            if answer == (name == "skip") { return false }
        }
        return true
    }
}

/// The source of a root object.
struct NoSource: Sendable {}
