import OrderedCollections

/// https://spec.graphql.org/September2025/#sec-Values-of-Correct-Type
enum ValuesOfCorrectTypeRule {
    /// Checks a literal that is no variable, and no list or object where one is expected.
    static func check(_ value: ValueNode, _ type: TypeReference, _ context: ValidationContext) {
        if case .null = value.kind {
            if type.isNonNull {
                context.report(
                    "Expected value of type \"\(type)\", found null.", at: value.offset)
            }
            return
        }
        let name = type.namedType
        switch context.schema.types[name] {
        case .enumeration(let enumeration):
            check(value, enumeration, context)
        case .scalar:
            do {
                try context.input.check(value, scalar: name)
            } catch {
                let isOwn = BuiltinSDL.scalarNames.contains(name)
                let prefix =
                    isOwn ? "" : "Expected value of type \"\(type)\", found \(value.printed); "
                context.report(prefix + error.message, at: value.offset)
            }
        default:
            context.report(
                "Expected value of type \"\(type)\", found \(value.printed).", at: value.offset)
        }
    }

    private static func check(
        _ value: ValueNode, _ type: EnumType, _ context: ValidationContext
    ) {
        guard case .enumCase(let name) = value.kind else {
            let near = value.untyped.text.map {
                Suggestions.didYouMean(
                    "the enum value", $0, Array(type.values.keys), quoted: true)
            }
            context.report(
                "Enum \"\(type.name)\" cannot represent non-enum value: \(value.printed)."
                    + (near ?? ""),
                at: value.offset)
            return
        }
        if type.values[name] != nil { return }
        context.report(
            "Value \"\(name)\" does not exist in \"\(type.name)\" enum."
                + Suggestions.didYouMean(
                    "the enum value", name, Array(type.values.keys), quoted: true),
            at: value.offset)
    }

    /// Checks the names of an input object's fields; the walk goes on to their values.
    static func check(
        _ fields: [Argument], of value: ValueNode, _ type: InputObjectType,
        _ context: ValidationContext
    ) {
        for definition in type.fields.values where definition.isRequired {
            if !fields.contains(where: { $0.name.value == definition.name }) {
                context.report(
                    "Field \"\(type.name).\(definition.name)\" of required type "
                        + "\"\(definition.type)\" was not provided.",
                    at: value.offset)
            }
        }
        for field in fields where type.fields[field.name.value] == nil {
            context.report(
                "Field \"\(field.name.value)\" is not defined by type \"\(type.name)\"."
                    + Suggestions.didYouMean(
                        nil, field.name.value, Array(type.fields.keys), quoted: true),
                at: field.name.offset)
        }
        if type.isOneOf { checkOneOf(fields, of: value, type, context) }
    }

    /// https://spec.graphql.org/September2025/#sec-OneOf-Input-Objects
    private static func checkOneOf(
        _ fields: [Argument], of value: ValueNode, _ type: InputObjectType,
        _ context: ValidationContext
    ) {
        guard fields.count == 1, let only = fields.first else {
            context.report(
                "OneOf Input Object \"\(type.name)\" must specify exactly one key.",
                at: value.offset)
            return
        }
        if case .null = only.value.kind {
            context.report(
                "Field \"\(type.name).\(only.name.value)\" must be non-null.", at: value.offset)
        }
    }
}
