import Synchronization

/// A parsed and validated document with the plans made for it so far.
final class PreparedDocument: Sendable {
    let document: Document
    let operations: [OperationDefinition]
    let fragments: [String: FragmentDefinition]
    /// Whether the document selects `__schema` or `__type`.
    let usesIntrospection: Bool
    private let core: EngineCore
    /// The costs of operations that are the same for all variables.
    private let fixedCosts = Mutex<[ObjectIdentifier: Int]>([:])
    private let plans = Mutex<[PlanKey: SelectionPlan]>([:])

    private struct PlanKey: Hashable {
        let operation: ObjectIdentifier
        let conditions: [String: Bool]
    }

    /// Plans kept for one document; a document with many conditions makes the others anew.
    private static let maxPlans = 16

    init(document: Document, core: EngineCore) {
        self.document = document
        self.core = core
        operations = document.operations
        fragments = Dictionary(
            document.fragments.map { ($0.name.value, $0) }, uniquingKeysWith: { first, _ in first })
        usesIntrospection = document.selectionSets.contains { $0.asksIntrospection }
        conditionNames = document.conditionVariables
    }

    /// See `CostEstimate`.
    func cost(
        _ operation: OperationDefinition, _ type: ObjectType, _ variables: [String: Value],
        defaultPageSize: Int
    ) -> Int {
        let key = ObjectIdentifier(operation)
        if let cost = fixedCosts.withLock({ $0[key] }) { return cost }
        var estimate = CostEstimate(
            schema: core.schema, fragments: fragments, defaultPageSize: defaultPageSize,
            variables: variables)
        let cost = estimate.cost(operation.selectionSet, on: .object(type))
        if !estimate.dependsOnVariables { fixedCosts.withLock { $0[key] = cost } }
        return cost
    }

    /// Variables that decide over `@skip` and `@include`.
    private let conditionNames: Set<String>

    func plan(
        _ operation: OperationDefinition, _ type: ObjectType, _ variables: [String: Value]
    ) -> SelectionPlan {
        var conditions: [String: Bool] = [:]
        for name in conditionNames {
            if case .bool(let value)? = variables[name] { conditions[name] = value }
        }
        let key = PlanKey(operation: ObjectIdentifier(operation), conditions: conditions)
        if let plan = plans.withLock({ $0[key] }) { return plan }
        let compiler = PlanCompiler(
            core: core, document: document, fragments: fragments, conditions: conditions)
        let plan = compiler.plan(type, [operation.selectionSet])
        plans.withLock { plans in
            if plans.count < Self.maxPlans { plans[key] = plan }
        }
        return plan
    }
}

extension Document {
    /// The outermost selection sets.
    var selectionSets: [SelectionSet] {
        definitions.compactMap {
            switch $0 {
            case .operation(let operation): operation.selectionSet
            case .fragment(let fragment): fragment.selectionSet
            case .typeSystem: nil
            }
        }
    }

    var conditionVariables: Set<String> {
        var names: Set<String> = []
        for set in selectionSets { set.collectConditions(into: &names) }
        return names
    }
}

extension SelectionSet {
    var asksIntrospection: Bool {
        selections.contains { selection in
            switch selection {
            case .field(let field):
                field.name.value == "__schema" || field.name.value == "__type"
                    || field.selectionSet?.asksIntrospection ?? false
            case .inline(let inline): inline.selectionSet.asksIntrospection
            case .spread: false
            }
        }
    }

    fileprivate func collectConditions(into names: inout Set<String>) {
        for selection in selections {
            for directive in selection.directives
            where directive.name.value == "skip" || directive.name.value == "include" {
                if case .variable(let name)? = directive.argument("if")?.value.kind {
                    names.insert(name)
                }
            }
            switch selection {
            case .field(let field): field.selectionSet?.collectConditions(into: &names)
            case .inline(let inline): inline.selectionSet.collectConditions(into: &names)
            case .spread: break
            }
        }
    }
}
