import OrderedCollections

/// https://spec.graphql.org/September2025/#sec-All-Variable-Usages-Are-Allowed
enum VariablesInAllowedPositionRule {
    static func check(_ context: ValidationContext) {
        for (operation, uses) in context.operationUses where !operation.variables.isEmpty {
            let definitions = Dictionary(
                operation.variables.map { ($0.name.value, $0) }, uniquingKeysWith: { $1 })
            for use in context.reachable(from: uses).lazy.flatMap(\.variables) {
                if context.isFull { return }
                guard let definition = definitions[use.name], let expected = use.type,
                    context.schema.types[definition.type.name.value] != nil
                else { continue }
                let type = definition.type.reference
                if !isAllowed(type, definition.defaultValue, expected, use, context.schema) {
                    context.report(
                        "Variable \"$\(use.name)\" of type \"\(type)\" used in position "
                            + "expecting type \"\(expected)\".",
                        at: definition.offset, use.offset)
                }
                if let oneOf = use.oneOf, !type.isNonNull {
                    context.report(
                        "Variable \"$\(use.name)\" is of type \"\(type)\" but must be "
                            + "non-nullable to be used for OneOf Input Object \"\(oneOf)\".",
                        at: definition.offset, use.offset)
                }
            }
        }
    }

    /// https://spec.graphql.org/September2025/#IsVariableUsageAllowed()
    private static func isAllowed(
        _ type: TypeReference, _ defaultValue: ValueNode?, _ expected: TypeReference,
        _ use: VariableUse, _ schema: Schema
    ) -> Bool {
        if case .nonNull(let inner) = expected, !type.isNonNull {
            var hasDefault = defaultValue != nil
            if case .null? = defaultValue?.kind { hasDefault = false }
            guard hasDefault || use.hasDefault else { return false }
            return schema.isSubtype(type, of: inner)
        }
        return schema.isSubtype(type, of: expected)
    }
}
