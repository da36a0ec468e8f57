import OrderedCollections

/// Turns documents that have passed the SDL rules into the parts of a schema, with extensions
/// merged into what they extend.
struct SchemaBuilder {
    private(set) var types: OrderedDictionary<String, NamedType> = [:]
    private(set) var directives: OrderedDictionary<String, DirectiveDefinition> = [:]
    private(set) var metaFields: OrderedDictionary<String, FieldDefinition> = [:]
    private(set) var rootNames: [OperationKind: String] = [:]
    private(set) var schemaDescription: String?
    private(set) var schemaDirectives: [AppliedDirective] = []

    private let documents: [Document]
    private var definitions: OrderedDictionary<String, [TypeSystemDefinition]> = [:]
    private var directiveDefinitions: [TypeSystemDefinition] = []
    /// Where input fields and arguments of directives stand whose default does not fit their type.
    /// It counts as none, as in the reference implementations.
    private var unfitDefaults: Set<SchemaPosition> = []

    init(documents: [Document]) { self.documents = documents }

    mutating func build() {
        var schemaParts: [TypeSystemDefinition] = []
        for definition in (BuiltinSDL.document.map { [$0] } ?? []).typeSystemDefinitions {
            add(definition)
        }
        let builtin = definitions
        definitions = [:]
        let given = documents.typeSystemDefinitions
        // Types stand in the order of their definitions, wherever their extensions are.
        for definition in given.filter({ !$0.isExtension }) + given.filter(\.isExtension) {
            if definition.kind == .schema {
                schemaParts.append(definition)
            } else if builtin[definition.name.value] == nil || definition.kind == .directive {
                add(definition)
            }
        }
        definitions.merge(builtin) { own, _ in own }
        buildParts()
        findUnfitDefaults()
        if !unfitDefaults.isEmpty { buildParts() }
        if case .object(let meta) = types.removeValue(forKey: "__Meta") { metaFields = meta.fields }
        removeUnusedScalars()
        buildRoots(schemaParts)
    }

    private mutating func buildParts() {
        for definition in directiveDefinitions {
            directives[definition.name.value] = directive(definition)
        }
        for (name, nodes) in definitions {
            if let type = build(name, nodes) { types[name] = type }
        }
    }

    private mutating func findUnfitDefaults() {
        let check = LiteralCheck(types: types)
        var inputs = directives.values.flatMap(\.arguments)
        for case .inputObject(let input) in types.values { inputs += input.fields.values.elements }
        for input in inputs {
            guard let node = input.defaultNode, types[input.type.namedType]?.isInput == true,
                check.problem(node, input.type) != nil
            else { continue }
            unfitDefaults.insert(input.position)
        }
    }

    private mutating func add(_ definition: TypeSystemDefinition) {
        if definition.kind == .directive {
            directiveDefinitions.append(definition)
        } else {
            definitions[definition.name.value, default: []].append(definition)
        }
    }

    /// Built-in scalars that nothing refers to are no part of the schema
    /// (https://spec.graphql.org/September2025/#sec-Scalars.Built-in-Scalars).
    private mutating func removeUnusedScalars() {
        var used: Set<String> = ["String", "Boolean"]
        for type in types.values {
            for field in type.fields?.values.elements ?? [] {
                used.insert(field.type.namedType)
                for argument in field.arguments { used.insert(argument.type.namedType) }
            }
            if case .inputObject(let input) = type {
                for field in input.fields.values { used.insert(field.type.namedType) }
            }
        }
        for directive in directives.values {
            for argument in directive.arguments { used.insert(argument.type.namedType) }
        }
        for name in BuiltinSDL.scalarNames where !used.contains(name) {
            types.removeValue(forKey: name)
        }
    }

    private mutating func buildRoots(_ parts: [TypeSystemDefinition]) {
        for part in parts {
            if let description = part.parts.description { schemaDescription = description.value }
            schemaDirectives += applied(part.parts.directives)
            for operation in part.parts.operationTypes {
                rootNames[operation.operation] = operation.type.value
            }
        }
        // Without a `schema` definition the root types go by their default names.
        if parts.contains(where: { !$0.isExtension }) { return }
        for (kind, name) in [
            (OperationKind.query, "Query"), (.mutation, "Mutation"),
            (.subscription, "Subscription"),
        ] where types[name] != nil && rootNames[kind] == nil {
            rootNames[kind] = name
        }
    }

    // MARK: Types

    private func build(_ name: String, _ nodes: [TypeSystemDefinition]) -> NamedType? {
        guard let first = nodes.first else { return nil }
        let head = TypeHead(
            name: name, description: first.parts.description?.value,
            directives: nodes.flatMap { applied($0.parts.directives) },
            position: SchemaPosition(source: first.source, offset: first.parts.name.offset))
        switch first.kind {
        case .scalar:
            return .scalar(ScalarType(head))
        case .object:
            return .object(
                ObjectType(
                    head, fields: fields(nodes), interfaces: nodes.flatMap(\.parts.interfaces)))
        case .interface:
            return .interface(
                InterfaceType(
                    head, fields: fields(nodes), interfaces: nodes.flatMap(\.parts.interfaces)))
        case .union:
            return .union(
                UnionType(head, members: nodes.flatMap { $0.parts.members.map(\.value) }))
        case .enumeration:
            return .enumeration(EnumType(head, values: enumValues(nodes)))
        case .inputObject:
            var fields: OrderedDictionary<String, InputValue> = [:]
            for node in nodes {
                for input in node.parts.inputs {
                    fields[input.name.value] = inputValue(input, node.source)
                }
            }
            return .inputObject(InputObjectType(head, fields: fields))
        case .schema, .directive:
            return nil
        }
    }

    private func fields(
        _ nodes: [TypeSystemDefinition]
    ) -> OrderedDictionary<String, FieldDefinition> {
        var result: OrderedDictionary<String, FieldDefinition> = [:]
        for node in nodes {
            for field in node.parts.fields {
                result[field.name.value] = FieldDefinition(
                    name: field.name.value, description: field.description?.value,
                    type: field.type.reference,
                    arguments: field.arguments.map { inputValue($0, node.source) },
                    appliedDirectives: applied(field.directives),
                    position: SchemaPosition(source: node.source, offset: field.name.offset))
            }
        }
        return result
    }

    private func enumValues(
        _ nodes: [TypeSystemDefinition]
    ) -> OrderedDictionary<String, EnumValue> {
        var result: OrderedDictionary<String, EnumValue> = [:]
        for node in nodes {
            for value in node.parts.values {
                result[value.name.value] = EnumValue(
                    name: value.name.value, description: value.description?.value,
                    appliedDirectives: applied(value.directives),
                    position: SchemaPosition(source: node.source, offset: value.name.offset))
            }
        }
        return result
    }

    private func inputValue(_ node: InputValueNode, _ source: Source) -> InputValue {
        let position = SchemaPosition(source: source, offset: node.name.offset)
        let isUnfit = unfitDefaults.contains(position)
        return InputValue(
            name: node.name.value, description: node.description?.value, type: node.type.reference,
            defaultNode: isUnfit ? nil : node.defaultValue,
            appliedDirectives: applied(node.directives), position: position)
    }

    private func directive(_ node: TypeSystemDefinition) -> DirectiveDefinition {
        DirectiveDefinition(
            name: node.name.value, description: node.parts.description?.value,
            arguments: node.parts.inputs.map { inputValue($0, node.source) },
            isRepeatable: node.parts.isRepeatable,
            locations: node.parts.locations.compactMap { DirectiveLocation(rawValue: $0.value) },
            position: SchemaPosition(source: node.source, offset: node.name.offset))
    }

    private func applied(_ nodes: [Directive]) -> [AppliedDirective] {
        nodes.map { node in
            var arguments: OrderedDictionary<String, Value> = [:]
            for argument in node.arguments {
                arguments[argument.name.value] = argument.value.untyped
            }
            return AppliedDirective(name: node.name.value, arguments: arguments, node: node)
        }
    }

    // MARK: Possible types

    /// For each composite type the object types that a value of it may have.
    func possibleTypes() -> [String: [String]] {
        var result: [String: [String]] = [:]
        for (name, type) in types {
            switch type {
            case .object(let object):
                result[name] = [name]
                for interface in object.interfaces { result[interface, default: []].append(name) }
            case .interface:
                if result[name] == nil { result[name] = [] }
            case .union(let union):
                result[name] = union.members
            case .scalar, .enumeration, .inputObject:
                break
            }
        }
        return result
    }
}

extension [Document] {
    var typeSystemDefinitions: [TypeSystemDefinition] {
        flatMap(\.definitions).compactMap {
            if case .typeSystem(let definition) = $0 { definition } else { nil }
        }
    }
}
