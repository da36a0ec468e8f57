/// Writes documents as text. Parsing what it writes gives the same document again.
struct Printer {
    private(set) var text = ""
    private var indent = ""

    static func print(_ document: Document) -> String {
        var printer = Printer()
        // After `enum E` without values, `{ A }` would be taken for its values.
        var mayBeginWithBrace = true
        for definition in document.definitions {
            if !printer.text.isEmpty { printer.text += "\n" }
            switch definition {
            case .operation(let operation): printer.add(operation, mayBeginWithBrace)
            case .fragment(let fragment): printer.add(fragment)
            case .typeSystem(let definition): printer.add(definition)
            }
            mayBeginWithBrace = if case .typeSystem = definition { false } else { true }
        }
        return printer.text
    }

    mutating func add(_ more: String) { text += more }

    mutating func line(_ content: String) { text += indent + content + "\n" }

    /// Writes ` {`, the members on lines of their own, and `}`.
    mutating func block<Members: Collection>(
        _ members: Members, _ add: (inout Printer, Members.Element) -> Void
    ) {
        text += " {\n"
        nested { printer in for member in members { add(&printer, member) } }
        text += indent + "}"
    }

    mutating func nested(_ body: (inout Printer) -> Void) {
        let outer = indent
        indent += "  "
        body(&self)
        indent = outer
    }

    /// Begins a line.
    mutating func begin() { text += indent }

    mutating func description(_ value: String?) {
        guard let value else { return }
        let isPlain = value.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 }
        guard isPlain, BlockString.isExact(value) else { return line(JSONWriter.quoted(value)) }
        if value.utf8.count <= 70, !value.utf8.contains(0x0A) {
            return line(BlockString.printed(value))
        }
        line("\"\"\"")
        let escaped = BlockString.escaped(value)
        for part in escaped.split(separator: "\n", omittingEmptySubsequences: false) {
            if part.isEmpty { text += "\n" } else { line(String(part)) }
        }
        line("\"\"\"")
    }

    static func directives(_ directives: [Directive]) -> String {
        directives.map { " @\($0.name.value)\(arguments($0.arguments))" }.joined()
    }

    private static func arguments(_ arguments: [Argument]) -> String {
        if arguments.isEmpty { return "" }
        return "("
            + arguments.map { "\($0.name.value): \($0.value.printed)" }.joined(separator: ", ")
            + ")"
    }

    // MARK: Executable definitions

    private mutating func add(_ operation: OperationDefinition, _ mayBeginWithBrace: Bool) {
        description(operation.description?.value)
        let isShorthand =
            mayBeginWithBrace && operation.kind == .query && operation.name == nil
            && operation.variables.isEmpty && operation.directives.isEmpty
            && operation.description == nil
        if !isShorthand {
            text += operation.kind.rawValue
            if let name = operation.name { text += " " + name.value }
            add(operation.variables, isNamed: operation.name != nil)
            text += Self.directives(operation.directives) + " "
        }
        add(operation.selectionSet)
        text += "\n"
    }

    private mutating func add(_ variables: [VariableDefinition], isNamed: Bool) {
        if variables.isEmpty { return }
        text += isNamed ? "(" : " ("
        for (index, variable) in variables.enumerated() {
            if index > 0 { text += ", " }
            if let description = variable.description {
                text += JSONWriter.quoted(description.value) + " "
            }
            text += "$\(variable.name.value): \(variable.reference)"
            if let value = variable.defaultValue { text += " = " + value.printed }
            text += Self.directives(variable.directives)
        }
        text += ")"
    }

    private mutating func add(_ fragment: FragmentDefinition) {
        description(fragment.description?.value)
        text += "fragment \(fragment.name.value) on \(fragment.typeCondition.value)"
        text += Self.directives(fragment.directives) + " "
        add(fragment.selectionSet)
        text += "\n"
    }

    private mutating func add(_ set: SelectionSet) {
        text += "{\n"
        nested { printer in
            for selection in set.selections {
                printer.begin()
                printer.add(selection)
                printer.add("\n")
            }
        }
        text += indent + "}"
    }

    private mutating func add(_ selection: Selection) {
        switch selection {
        case .field(let field):
            if let alias = field.alias { text += alias.value + ": " }
            text += field.name.value + Self.arguments(field.arguments)
            text += Self.directives(field.directives)
            if let set = field.selectionSet {
                text += " "
                add(set)
            }
        case .spread(let spread):
            text += "...\(spread.name.value)\(Self.directives(spread.directives))"
        case .inline(let inline):
            text += "..."
            if let condition = inline.typeCondition { text += " on \(condition.value)" }
            text += Self.directives(inline.directives) + " "
            add(inline.selectionSet)
        }
    }
}
