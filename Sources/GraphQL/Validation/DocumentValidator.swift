/// Validates an executable document against a schema
/// (https://spec.graphql.org/September2025/#sec-Validation).
enum DocumentValidator {
    static func validate(
        _ document: Document, _ input: InputCoercion, maxErrors: Int, limits: EngineOptions?
    ) -> [GraphQLError] { [] }
}
