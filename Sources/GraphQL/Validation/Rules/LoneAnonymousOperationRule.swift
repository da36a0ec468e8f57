/// https://spec.graphql.org/September2025/#sec-Lone-Anonymous-Operation
enum LoneAnonymousOperationRule {
    static func check(_ context: ValidationContext) {
        let operations = context.document.operations
        guard operations.count > 1 else { return }
        for operation in operations where operation.name == nil {
            context.report(
                "This anonymous operation must be the only defined operation.",
                at: operation.offset)
        }
    }
}
