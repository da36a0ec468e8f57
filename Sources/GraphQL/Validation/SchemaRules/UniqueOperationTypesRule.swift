/// https://spec.graphql.org/September2025/#sec-Root-Operation-Types
enum UniqueOperationTypesRule {
    static func check(_ context: SDLContext) {
        var known: Set<OperationKind> = []
        for definition in context.definitions where definition.kind == .schema {
            for node in definition.parts.operationTypes
            where !known.insert(node.operation).inserted {
                context.report(
                    "There can be only one \(node.operation.rawValue) type in schema.",
                    definition.source, node.offset)
            }
        }
    }
}
