import OrderedCollections

/// Checks a built schema by the rules of type validation
/// (https://spec.graphql.org/September2025/#sec-Type-System).
struct SchemaValidator {
    let schema: Schema
    private(set) var problems: [SchemaProblem] = []

    init(schema: Schema) { self.schema = schema }

    mutating func report(_ message: String, at position: SchemaPosition?) {
        if problems.count == SchemaErrors.maxProblems { return }
        problems.append(SchemaProblem(message, at: position))
    }

    mutating func run() {
        checkRoots()
        for directive in schema.directives.values {
            for argument in directive.arguments {
                check(argument, named: "@\(directive.name)(\(argument.name):)", "argument")
            }
        }
        for type in schema.types.values where !type.name.hasPrefix("__") {
            switch type {
            case .scalar: break
            case .object(let object):
                checkFields(object.fields, of: object.name, object.position)
                checkInterfaces(
                    object.interfaces, of: object.name, object.fields, object.position)
            case .interface(let interface):
                checkFields(interface.fields, of: interface.name, interface.position)
                checkInterfaces(
                    interface.interfaces, of: interface.name, interface.fields,
                    interface.position)
            case .union(let union): check(union)
            case .enumeration(let enumeration):
                if enumeration.values.isEmpty {
                    report(
                        "Enum type \(enumeration.name) must define one or more values.",
                        at: enumeration.position)
                }
            case .inputObject(let input): check(input)
            }
        }
        InputCycleSearch(schema: schema).problems.forEach { problems.append($0) }
        if problems.isEmpty { checkAppliedDirectives() }
    }

    /// https://spec.graphql.org/September2025/#sec-Root-Operation-Types
    private mutating func checkRoots() {
        if schema.queryType == nil, schema.misplacedRoots[.query] == nil {
            report("Query root type must be provided.", at: nil)
        }
        for (kind, name) in schema.misplacedRoots.sorted(by: { $0.value < $1.value }) {
            let word = kind.rawValue.prefix(1).uppercased() + kind.rawValue.dropFirst()
            report(
                "\(word) root type must be Object type\(kind == .query ? "" : " if provided"), "
                    + "it cannot be \(name).",
                at: nil)
        }
        let roots = [OperationKind.query, .mutation, .subscription].compactMap { kind in
            schema.rootType(kind).map { (kind.rawValue, $0.name) }
        }
        for name in Set(roots.map(\.1)).sorted() {
            let kinds = roots.filter { $0.1 == name }.map(\.0)
            guard kinds.count > 1 else { continue }
            report(
                "All root types must be different, \"\(name)\" type is used as "
                    + kinds.joined(separator: " and ") + " root types.",
                at: nil)
        }
    }

    private func isInput(_ type: TypeReference) -> Bool {
        schema.types[type.namedType]?.isInput ?? false
    }

    /// Checks an argument or input field: its type and its deprecation.
    private mutating func check(_ input: InputValue, named name: String, _ what: String) {
        guard isInput(input.type) else {
            report(
                "The type of \(name) must be Input Type but got: \(input.type).",
                at: input.position)
            return
        }
        if input.isRequired, input.deprecationReason != nil {
            report("Required \(what) \(name) cannot be deprecated.", at: input.position)
        }
    }

    /// A rule of the specification for the arguments of fields only: it demands nothing of the
    /// defaults of input fields and of directives' arguments.
    private mutating func checkDefault(_ argument: InputValue, named name: String) {
        guard let node = argument.defaultNode, isInput(argument.type),
            let reason = LiteralCheck(types: schema.types).problem(node, argument.type)
        else { return }
        report("\(name) has an invalid default: \(reason)", at: argument.position)
    }

    private mutating func checkFields(
        _ fields: OrderedDictionary<String, FieldDefinition>, of name: String,
        _ position: SchemaPosition
    ) {
        if fields.isEmpty {
            report("Type \(name) must define one or more fields.", at: position)
        }
        for field in fields.values {
            if schema.types[field.type.namedType]?.isOutput != true {
                report(
                    "The type of \(name).\(field.name) must be Output Type but got: "
                        + "\(field.type).",
                    at: field.position)
            }
            for argument in field.arguments {
                let place = "\(name).\(field.name)(\(argument.name):)"
                check(argument, named: place, "argument")
                checkDefault(argument, named: place)
            }
        }
    }

    /// https://spec.graphql.org/September2025/#sec-Unions.Type-Validation
    private mutating func check(_ union: UnionType) {
        if union.members.isEmpty {
            report(
                "Union type \(union.name) must define one or more member types.",
                at: union.position)
        }
        var known: Set<String> = []
        for member in union.members {
            if !known.insert(member).inserted {
                report(
                    "Union type \(union.name) can only include type \(member) once.",
                    at: union.position)
            } else if case .object? = schema.types[member] {
                continue
            } else {
                report(
                    "Union type \(union.name) can only include Object types, it cannot include "
                        + "\(member).",
                    at: union.position)
            }
        }
    }

    /// https://spec.graphql.org/September2025/#sec-Input-Objects.Type-Validation
    private mutating func check(_ input: InputObjectType) {
        if input.fields.isEmpty {
            report(
                "Input Object type \(input.name) must define one or more fields.",
                at: input.position)
        }
        for field in input.fields.values {
            check(field, named: "\(input.name).\(field.name)", "input field")
            guard input.isOneOf else { continue }
            if field.type.isNonNull {
                report(
                    "OneOf input field \(input.name).\(field.name) must be nullable.",
                    at: field.position)
            }
            if field.defaultNode != nil {
                report(
                    "OneOf input field \(input.name).\(field.name) cannot have a default value.",
                    at: field.position)
            }
        }
    }

    /// The built-in directives applied in the schema have arguments of the types they should: the
    /// schema is made from them. What others mean is known to those who read them.
    private mutating func checkAppliedDirectives() {
        for type in schema.types.values {
            check(type.appliedDirectives, positionOf(type))
            for field in type.fields?.values.elements ?? [] {
                check(field.appliedDirectives, field.position)
                for argument in field.arguments {
                    check(argument.appliedDirectives, argument.position)
                }
            }
            if case .enumeration(let enumeration) = type {
                for value in enumeration.values.values {
                    check(value.appliedDirectives, value.position)
                }
            }
            if case .inputObject(let input) = type {
                for field in input.fields.values { check(field.appliedDirectives, field.position) }
            }
        }
    }

    private func positionOf(_ type: NamedType) -> SchemaPosition {
        switch type {
        case .scalar(let type): type.position
        case .object(let type): type.position
        case .interface(let type): type.position
        case .union(let type): type.position
        case .enumeration(let type): type.position
        case .inputObject(let type): type.position
        }
    }

    private mutating func check(_ applied: [AppliedDirective], _ position: SchemaPosition) {
        let check = LiteralCheck(types: schema.types)
        for directive in applied {
            guard BuiltinSDL.directiveNames.contains(directive.name),
                let definition = schema.directives[directive.name]
            else { continue }
            for argument in directive.node.arguments {
                guard let input = definition.argument(named: argument.name.value),
                    let reason = check.problem(argument.value, input.type)
                else { continue }
                report(
                    "Argument \"\(input.name)\" of \"@\(directive.name)\" is invalid: \(reason)",
                    at: position)
            }
        }
    }
}
