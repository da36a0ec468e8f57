import OrderedCollections

/// Walks a document with the types of its parts and calls the rules for each node.
struct DocumentWalker {
    let context: ValidationContext
    private let schema: Schema

    init(context: ValidationContext) {
        self.context = context
        schema = context.schema
    }

    func walk() {
        for definition in context.document.definitions {
            if context.isFull { return }
            context.uses = DefinitionUses()
            switch definition {
            case .operation(let operation):
                walk(operation)
                context.operationUses.append((operation, context.uses))
            case .fragment(let fragment):
                walk(fragment)
                if context.fragmentUses[fragment.name.value] == nil {
                    context.fragmentUses[fragment.name.value] = context.uses
                }
            case .typeSystem(let definition):
                walk(definition)
            }
        }
    }

    /// Another rule refuses the definition; this tells what else is wrong with its directives.
    private func walk(_ definition: TypeSystemDefinition) {
        let parts = definition.parts
        walk(parts.directives, at: definition.kind.location)
        for field in parts.fields {
            for argument in field.arguments {
                walk(argument.directives, at: .argumentDefinition)
            }
            walk(field.directives, at: .fieldDefinition)
        }
        for value in parts.values { walk(value.directives, at: .enumValue) }
        let inputs: DirectiveLocation =
            definition.kind == .directive ? .argumentDefinition : .inputFieldDefinition
        for input in parts.inputs { walk(input.directives, at: inputs) }
    }

    private func walk(_ operation: OperationDefinition) {
        UniqueVariableNamesRule.check(operation, context)
        for variable in operation.variables {
            KnownTypeNamesRule.check(variable.type.name, context)
            VariablesAreInputTypesRule.check(variable, context)
            if let value = variable.defaultValue {
                let isInput = schema.types[variable.type.name.value]?.isInput ?? false
                walk(value, InputPlace(type: isInput ? variable.type.reference : nil))
            }
            walk(variable.directives, at: .variableDefinition)
        }
        let location: DirectiveLocation =
            switch operation.kind {
            case .query: .query
            case .mutation: .mutation
            case .subscription: .subscription
            }
        walk(operation.directives, at: location)
        walk(operation.selectionSet, on: schema.rootType(operation.kind).map { .object($0) })
    }

    private func walk(_ fragment: FragmentDefinition) {
        KnownTypeNamesRule.check(fragment.typeCondition, context)
        FragmentsOnCompositeTypesRule.check(fragment, context)
        walk(fragment.directives, at: .fragmentDefinition)
        walk(fragment.selectionSet, on: composite(fragment.typeCondition.value))
    }

    /// The type with a name, if selections can be made on it.
    private func composite(_ name: String) -> NamedType? {
        guard let type = schema.types[name], type.isComposite else { return nil }
        return type
    }

    // MARK: Selections

    private func walk(_ set: SelectionSet, on parent: NamedType?) {
        for selection in set.selections {
            if context.isFull { return }
            switch selection {
            case .field(let field): walk(field, on: parent)
            case .spread(let spread):
                context.uses.spreads.append(spread)
                KnownFragmentNamesRule.check(spread, context)
                PossibleFragmentSpreadsRule.check(spread, on: parent, context)
                walk(spread.directives, at: .fragmentSpread)
            case .inline(let inline):
                if let condition = inline.typeCondition {
                    KnownTypeNamesRule.check(condition, context)
                    FragmentsOnCompositeTypesRule.check(inline, context)
                }
                PossibleFragmentSpreadsRule.check(inline, on: parent, context)
                walk(inline.directives, at: .inlineFragment)
                let type = inline.typeCondition.map { composite($0.value) } ?? parent
                walk(inline.selectionSet, on: type)
            }
        }
    }

    private func walk(_ field: Field, on parent: NamedType?) {
        let definition = parent.flatMap { schema.field(field.name.value, on: $0) }
        let type = definition.flatMap { schema.types[$0.type.namedType] }
        if let parent {
            if let definition {
                ScalarLeafsRule.check(field, definition, type, context)
                KnownArgumentNamesRule.check(field, definition, parent, context)
                ProvidedRequiredArgumentsRule.check(field, definition, context)
            } else {
                FieldsOnCorrectTypeRule.check(field, on: parent, context)
            }
        }
        if !field.arguments.isEmpty {
            UniqueArgumentNamesRule.check(field.arguments, context)
            for argument in field.arguments {
                walk(argument.value, InputPlace(definition?.argument(named: argument.name.value)))
            }
        }
        if !field.directives.isEmpty { walk(field.directives, at: .field) }
        if let set = field.selectionSet {
            MaxIntrospectionDepthRule.check(field, context)
            walk(set, on: type?.isComposite == true ? type : nil)
        }
    }

    private func walk(_ directives: [Directive], at location: DirectiveLocation) {
        if directives.isEmpty { return }
        UniqueDirectivesPerLocationRule.check(directives, context)
        for directive in directives {
            let definition = schema.directives[directive.name.value]
            KnownDirectivesRule.check(directive, definition, at: location, context)
            if let definition {
                KnownArgumentNamesRule.check(directive, definition, context)
                ProvidedRequiredArgumentsRule.check(directive, definition, context)
            }
            UniqueArgumentNamesRule.check(directive.arguments, context)
            for argument in directive.arguments {
                walk(argument.value, InputPlace(definition?.argument(named: argument.name.value)))
            }
        }
    }

    // MARK: Values

    /// Checks a value with its parts. Below a value that does not fit, only what holds for any
    /// type is checked, so that one mistake makes one error.
    private func walk(_ value: ValueNode, _ place: InputPlace, isChecked: Bool = false) {
        switch value.kind {
        case .variable(let name):
            context.uses.variables.append(
                VariableUse(
                    name: name, offset: value.offset, type: place.type,
                    hasDefault: place.hasDefault, oneOf: place.oneOf))
        case .list(let items):
            var isDone = isChecked
            var itemType = place.type?.nullable
            if case .list(let inner)? = itemType {
                itemType = inner
            } else if !isDone, let type = place.type {
                ValuesOfCorrectTypeRule.check(value, type, context)
                isDone = true
            }
            for item in items { walk(item, InputPlace(type: itemType), isChecked: isDone) }
        case .object(let fields):
            walk(fields, of: value, place, isChecked: isChecked)
        default:
            if !isChecked, let type = place.type {
                ValuesOfCorrectTypeRule.check(value, type, context)
            }
        }
    }

    private func walk(
        _ fields: [Argument], of value: ValueNode, _ place: InputPlace, isChecked: Bool
    ) {
        UniqueInputFieldNamesRule.check(fields, context)
        var isDone = isChecked
        var object: InputObjectType?
        if let type = place.type {
            if case .inputObject(let found)? = schema.types[type.namedType] {
                object = found
                if !isDone { ValuesOfCorrectTypeRule.check(fields, of: value, found, context) }
            } else if !isDone {
                ValuesOfCorrectTypeRule.check(value, type, context)
                isDone = true
            }
        }
        for field in fields {
            let definition = object?.fields[field.name.value]
            walk(
                field.value,
                InputPlace(definition, oneOf: object?.isOneOf == true ? object?.name : nil),
                isChecked: isDone)
        }
    }
}
