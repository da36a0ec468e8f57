/// https://spec.graphql.org/September2025/#sec-Single-Root-Field
enum SingleFieldSubscriptionsRule {
    static func check(_ context: ValidationContext) {
        guard let type = context.schema.subscriptionType else { return }
        for case .operation(let operation) in context.document.definitions
        where operation.kind == .subscription {
            var collector = Collector(context: context, type: type)
            collector.collect(operation.selectionSet)
            let name = operation.name.map { "Subscription \"\($0.value)\"" }
            let subject = name ?? "Anonymous Subscription"
            if collector.hasVariableCondition {
                context.report(
                    "\(subject) must not use @skip or @include with a variable at its top level.",
                    at: operation.offset)
            }
            let extra = collector.keys.dropFirst().flatMap { collector.fields[$0] ?? [] }
            if !extra.isEmpty {
                context.report(
                    "\(subject) must select only one top level field.",
                    at: extra.map(\.offset))
            }
            for nodes in collector.keys.compactMap({ collector.fields[$0] }) {
                guard nodes.first?.name.value.hasPrefix("__") == true else { continue }
                context.report(
                    "\(subject) must not select an introspection top level field.",
                    at: nodes.map(\.offset))
            }
        }
    }

    private struct Collector {
        let context: ValidationContext
        let type: ObjectType
        var keys: [String] = []
        var fields: [String: [Field]] = [:]
        var hasVariableCondition = false
        private var visited: Set<String> = []

        init(context: ValidationContext, type: ObjectType) {
            self.context = context
            self.type = type
        }

        mutating func collect(_ set: SelectionSet) {
            for selection in set.selections where isIncluded(selection.directives) {
                switch selection {
                case .field(let field):
                    if fields[field.responseKey] == nil { keys.append(field.responseKey) }
                    fields[field.responseKey, default: []].append(field)
                case .inline(let inline):
                    if applies(inline.typeCondition) { collect(inline.selectionSet) }
                case .spread(let spread):
                    guard visited.insert(spread.name.value).inserted,
                        let fragment = context.fragments[spread.name.value],
                        applies(fragment.typeCondition)
                    else { continue }
                    collect(fragment.selectionSet)
                }
            }
        }

        private func applies(_ condition: Name?) -> Bool {
            condition.map { context.schema.isPossible(type.name, for: $0.value) } ?? true
        }

        private mutating func isIncluded(_ directives: [Directive]) -> Bool {
            for directive in directives {
                let isSkip = directive.name.value == "skip"
                guard isSkip || directive.name.value == "include" else { continue }
                switch directive.argument("if")?.value.kind {
                case .bool(let answer)?: if answer == isSkip { return false }
                case .variable?: hasVariableCondition = true
                default: break
                }
            }
            return true
        }
    }
}
