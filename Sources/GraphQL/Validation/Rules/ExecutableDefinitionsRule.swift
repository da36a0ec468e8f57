/// https://spec.graphql.org/September2025/#sec-Executable-Definitions
enum ExecutableDefinitionsRule {
    static func check(_ context: ValidationContext) {
        for case .typeSystem(let definition) in context.document.definitions {
            let name = definition.kind == .schema ? "schema" : "\"\(definition.name.value)\""
            context.report(
                "The \(name) definition is not executable.", at: definition.parts.offset)
        }
    }
}
