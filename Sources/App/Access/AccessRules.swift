import GraphQL

/// Who may call a field, as its directive in the schema says.
enum AccessRule: String, CaseIterable {
    /// Anybody, also without a key.
    case `public`
    /// A session for its own payment pointer, and administrators.
    case auth
    /// A tenant in its own tenant, and the operator.
    case isAdmin
    /// The operator alone.
    case isOperator

    /// Why `caller` may not, or nil if it may.
    ///
    /// Where the caller counts, its key's restriction does, too.
    /// - Parameter root: the name of the field if it is a root field.
    func refusal(of caller: Caller, _ root: String?, _ isMutation: Bool) -> AccessError? {
        if self == .public { return nil }
        if let refusal = caller.refusal ?? refusal(of: caller) { return refusal }
        return root.flatMap { caller.restriction.refusal(of: $0, isMutation: isMutation) }
    }

    private func refusal(of caller: Caller) -> AccessError? {
        switch caller.role {
        case .nobody: return caller.badCredential ? .badCredential : .unauthenticated
        case .operator: return nil
        case .tenant: return self == .isOperator ? .operatorOnly : nil
        case .session:
            switch self {
            case .public, .auth: return nil
            case .isAdmin: return .administratorsOnly
            case .isOperator: return .operatorOnly
            }
        }
    }
}

/// A schema whose access rules are not complete; the server does not start with it.
struct AccessRuleError: Error, CustomStringConvertible {
    let description: String
}

/// Reads the access rule of every field, so that a root field without one stops the start.
enum AccessRules {
    /// The guard of one field; nil for fields that anybody who reached the parent may read.
    static func `guard`(
        of type: ObjectType, _ field: FieldDefinition, isMutation: Bool, isRoot: Bool
    ) throws -> Guard<RequestContext>? {
        let directives = field.appliedDirectives + (isRoot ? [] : type.appliedDirectives)
        let rules = directives.compactMap { AccessRule(rawValue: $0.name) }
        guard rules.count <= 1 else {
            throw AccessRuleError(
                description: "\(type.name).\(field.name) has more than one access rule")
        }
        guard let rule = rules.first else {
            if isRoot {
                throw AccessRuleError(
                    description: "\(type.name).\(field.name) has no access rule: give it one of "
                        + AccessRule.allCases.map { "@\($0.rawValue)" }.joined(separator: ", "))
            }
            return nil
        }
        if rule == .public, !isMutation { return nil }
        let name = field.name
        return { arguments, context in
            // Within a type a field's rule is about the caller alone: what leads there was checked.
            let refusal = rule.refusal(of: context.caller, isRoot ? name : nil, isMutation)
            guard let refusal else {
                guard isMutation, let other = context.refusal else { return nil }
                context.observed?.note(RequestOutcome(mutationCode: other.code))
                return .object(other.answering(arguments))
            }
            guard isMutation else { throw refusal }
            context.outcome?.record(refusal.code)
            context.observed?.note(.refused)
            context.audit?.recordRefusal(name, arguments, code: refusal.code, in: context)
            return .object(
                MutationResponse(code: refusal.code, message: refusal.message)
                    .answering(arguments))
        }
    }
}
