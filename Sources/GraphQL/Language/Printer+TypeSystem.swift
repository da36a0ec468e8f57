extension Printer {
    mutating func add(_ definition: TypeSystemDefinition) {
        let parts = definition.parts
        description(parts.description?.value)
        begin()
        if definition.isExtension { add("extend ") }
        let name = definition.name.value
        let directives = Self.directives(parts.directives)
        switch definition.kind {
        case .schema:
            add("schema\(directives)")
            if !parts.operationTypes.isEmpty {
                block(parts.operationTypes) {
                    $0.line("\($1.operation.rawValue): \($1.type.value)")
                }
            }
        case .scalar:
            add("scalar \(name)\(directives)")
        case .object, .interface:
            add(definition.kind == .object ? "type \(name)" : "interface \(name)")
            add(Self.implements(parts.interfaces.map(\.value)) + directives)
            if !parts.fields.isEmpty {
                block(parts.fields) { printer, field in
                    printer.field(
                        field.name.value, field.description?.value,
                        field.arguments.map(InputText.init), field.type.reference,
                        field.directives)
                }
            }
        case .union:
            add("union \(name)\(directives)" + Self.members(parts.members.map(\.value)))
        case .enumeration:
            add("enum \(name)\(directives)")
            if !parts.values.isEmpty {
                block(parts.values) { printer, value in
                    printer.description(value.description?.value)
                    printer.line(value.name.value + Self.directives(value.directives))
                }
            }
        case .inputObject:
            add("input \(name)\(directives)")
            if !parts.inputs.isEmpty {
                block(parts.inputs) { $0.input(InputText($1)) }
            }
        case .directive:
            add("directive @\(name)")
            arguments(parts.inputs.map(InputText.init))
            add(parts.isRepeatable ? " repeatable on " : " on ")
            add(parts.locations.map(\.value).joined(separator: " | "))
        }
        add("\n")
    }

    static func implements(_ interfaces: [String]) -> String {
        interfaces.isEmpty ? "" : " implements " + interfaces.joined(separator: " & ")
    }

    static func members(_ members: [String]) -> String {
        members.isEmpty ? "" : " = " + members.joined(separator: " | ")
    }

    mutating func field(
        _ name: String, _ description: String?, _ arguments: [InputText],
        _ type: TypeReference, _ directives: [Directive]
    ) {
        self.description(description)
        begin()
        add(name)
        self.arguments(arguments)
        add(": \(type)\(Self.directives(directives))\n")
    }

    /// Arguments on one line, or each on its own where one has a description.
    mutating func arguments(_ arguments: [InputText]) {
        if arguments.isEmpty { return }
        guard arguments.contains(where: { $0.description != nil }) else {
            return add("(" + arguments.map(\.text).joined(separator: ", ") + ")")
        }
        add("(\n")
        nested { printer in for argument in arguments { printer.input(argument) } }
        begin()
        add(")")
    }

    mutating func input(_ input: InputText) {
        description(input.description)
        line(input.text)
    }
}

/// An argument or input field as the printer writes it.
struct InputText {
    let description: String?
    let text: String

    init(_ node: InputValueNode) {
        self.init(
            node.name.value, node.description?.value, node.type.reference, node.defaultValue,
            node.directives)
    }

    init(_ value: InputValue) {
        self.init(
            value.name, value.description, value.type, value.defaultNode,
            value.appliedDirectives.map(\.node))
    }

    private init(
        _ name: String, _ description: String?, _ type: TypeReference, _ value: ValueNode?,
        _ directives: [Directive]
    ) {
        self.description = description
        text =
            "\(name): \(type)" + (value.map { " = \($0.printed)" } ?? "")
            + Printer.directives(directives)
    }
}
