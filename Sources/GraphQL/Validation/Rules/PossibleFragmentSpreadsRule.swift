import OrderedCollections

/// https://spec.graphql.org/September2025/#sec-Fragment-Spread-Is-Possible
enum PossibleFragmentSpreadsRule {
    static func check(
        _ spread: FragmentSpread, on parent: NamedType?, _ context: ValidationContext
    ) {
        guard let fragment = context.fragments[spread.name.value] else { return }
        check(
            fragment.typeCondition.value, on: parent, "Fragment \"\(spread.name.value)\"",
            spread.offset, context)
    }

    static func check(
        _ inline: InlineFragment, on parent: NamedType?, _ context: ValidationContext
    ) {
        guard let condition = inline.typeCondition else { return }
        check(condition.value, on: parent, "Fragment", inline.offset, context)
    }

    private static func check(
        _ condition: String, on parent: NamedType?, _ subject: @autoclosure () -> String,
        _ offset: Int32, _ context: ValidationContext
    ) {
        guard let parent, condition != parent.name,
            let type = context.schema.types[condition], type.isComposite,
            !context.schema.overlap(parent.name, condition)
        else { return }
        context.report(
            "\(subject()) cannot be spread here as objects of type \"\(parent.name)\" can never "
                + "be of type \"\(condition)\".",
            at: offset)
    }
}
