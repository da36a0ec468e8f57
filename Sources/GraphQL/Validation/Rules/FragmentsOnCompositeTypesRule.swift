import OrderedCollections

/// https://spec.graphql.org/September2025/#sec-Fragments-on-Object-Interface-or-Union-Types
enum FragmentsOnCompositeTypesRule {
    static func check(_ fragment: FragmentDefinition, _ context: ValidationContext) {
        check(fragment.typeCondition, "Fragment \"\(fragment.name.value)\"", context)
    }

    static func check(_ inline: InlineFragment, _ context: ValidationContext) {
        if let condition = inline.typeCondition { check(condition, "Fragment", context) }
    }

    private static func check(
        _ condition: Name, _ subject: @autoclosure () -> String, _ context: ValidationContext
    ) {
        guard let type = context.schema.types[condition.value], !type.isComposite else { return }
        context.report(
            "\(subject()) cannot condition on non composite type \"\(condition.value)\".",
            at: condition.offset)
    }
}
