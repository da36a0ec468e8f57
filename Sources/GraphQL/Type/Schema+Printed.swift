import OrderedCollections

extension Schema {
    /// The schema as SDL: directives, then types, in the order of definition, extensions merged,
    /// with descriptions and applied directives, without what every schema has.
    public func printed() -> String {
        var printer = Printer()
        var isFirst = true
        func separate() {
            if !isFirst { printer.add("\n") }
            isFirst = false
        }
        if needsDefinition {
            separate()
            printSchema(&printer)
        }
        for directive in directives.values where !isBuiltin(directive) {
            separate()
            printer.description(directive.description)
            printer.add("directive @\(directive.name)")
            printer.arguments(directive.arguments.map(InputText.init))
            printer.add(directive.isRepeatable ? " repeatable on " : " on ")
            printer.add(directive.locations.map(\.rawValue).joined(separator: " | ") + "\n")
        }
        for type in types.values
        where !type.name.hasPrefix("__") && !BuiltinSDL.scalarNames.contains(type.name) {
            separate()
            print(type, &printer)
        }
        return printer.text
    }

    private func isBuiltin(_ directive: DirectiveDefinition) -> Bool {
        directive.position.source.name == "built-in"
    }

    /// Whether the root types cannot be told from their names alone.
    private var needsDefinition: Bool {
        let names: [(OperationKind, String)] = [
            (.query, "Query"), (.mutation, "Mutation"), (.subscription, "Subscription"),
        ]
        return description != nil || !appliedDirectives.isEmpty
            || names.contains { kind, name in
                if let root = rootType(kind) { return root.name != name }
                return types[name] != nil
            }
    }

    private func printSchema(_ printer: inout Printer) {
        printer.description(description)
        printer.add("schema" + Printer.directives(appliedDirectives.map(\.node)))
        printer.block([OperationKind.query, .mutation, .subscription]) { printer, kind in
            if let root = rootType(kind) { printer.line("\(kind.rawValue): \(root.name)") }
        }
        printer.add("\n")
    }

    private func print(_ type: NamedType, _ printer: inout Printer) {
        printer.description(type.description)
        let directives = Printer.directives(type.appliedDirectives.map(\.node))
        switch type {
        case .scalar(let scalar):
            printer.add("scalar \(scalar.name)\(directives)")
        case .object(let object):
            printer.add("type \(object.name)\(Printer.implements(object.interfaces))\(directives)")
            print(object.fields, &printer)
        case .interface(let interface):
            printer.add(
                "interface \(interface.name)\(Printer.implements(interface.interfaces))"
                    + directives)
            print(interface.fields, &printer)
        case .union(let union):
            printer.add("union \(union.name)\(directives)\(Printer.members(union.members))")
        case .enumeration(let enumeration):
            printer.add("enum \(enumeration.name)\(directives)")
            printer.block(enumeration.values.values) { printer, value in
                printer.description(value.description)
                printer.line(
                    value.name + Printer.directives(value.appliedDirectives.map(\.node)))
            }
        case .inputObject(let input):
            printer.add("input \(input.name)\(directives)")
            printer.block(input.fields.values) { $0.input(InputText($1)) }
        }
        printer.add("\n")
    }

    private func print(
        _ fields: OrderedDictionary<String, FieldDefinition>, _ printer: inout Printer
    ) {
        printer.block(fields.values) { printer, field in
            printer.field(
                field.name, field.description, field.arguments.map(InputText.init), field.type,
                field.appliedDirectives.map(\.node))
        }
    }
}
