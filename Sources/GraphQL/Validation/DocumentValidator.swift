/// Validates an executable document against a schema
/// (https://spec.graphql.org/September2025/#sec-Validation).
///
/// One walk over the document calls the rules that look at single nodes and collects what the
/// definitions use; the rules that look at whole operations run afterwards on what was collected.
enum DocumentValidator {
    /// At most `maxErrors` errors, plus one that says that there are more.
    static func validate(
        _ document: Document, _ input: InputCoercion, maxErrors: Int, limits: EngineOptions
    ) -> [GraphQLError] {
        let context = ValidationContext(document: document, input: input, maxErrors: maxErrors)
        LimitsRule.check(limits, context)
        if !context.errors.isEmpty { return context.errors }
        ExecutableDefinitionsRule.check(context)
        UniqueOperationNamesRule.check(context)
        LoneAnonymousOperationRule.check(context)
        UniqueFragmentNamesRule.check(context)
        DocumentWalker(context: context).walk()
        SingleFieldSubscriptionsRule.check(context)
        let hasCycles = NoFragmentCyclesRule.check(context)
        NoUnusedFragmentsRule.check(context)
        NoUndefinedVariablesRule.check(context)
        NoUnusedVariablesRule.check(context)
        VariablesInAllowedPositionRule.check(context)
        // Merging follows fragments, which would not end in a cycle.
        if !hasCycles { OverlappingFieldsCanBeMergedRule.check(context) }
        return context.errors
    }
}
