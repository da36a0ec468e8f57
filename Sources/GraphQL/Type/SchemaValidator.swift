/// Checks a built schema by the rules of type validation
/// (https://spec.graphql.org/September2025/#sec-Type-System).
struct SchemaValidator {
    let schema: Schema
    private(set) var problems: [SchemaProblem] = []

    init(schema: Schema) { self.schema = schema }

    mutating func run() {}
}
