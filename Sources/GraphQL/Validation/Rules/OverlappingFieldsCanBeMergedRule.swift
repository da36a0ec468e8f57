import OrderedCollections

/// https://spec.graphql.org/September2025/#sec-Field-Selection-Merging
///
/// Comparing every two fields, as the specification describes it, is quadratic. Here the fields
/// of a selection are grouped by response key, and a group is checked as a whole: having the same
/// shape, and being the same field, are equivalence relations, so that comparing each member
/// with the first is enough. Only fields whose parents can be the same object must be the same
/// field: for each concrete parent type these are the fields on it and on abstract types.
/// Groups with the same members are checked once. The idea is described in "GraphQL: fast
/// validation of overlapping fields" by Simon Adameit.
enum OverlappingFieldsCanBeMergedRule {
    static func check(_ context: ValidationContext) {
        var checker = Checker(context: context)
        for definition in context.document.definitions {
            if context.isFull { return }
            switch definition {
            case .operation(let operation):
                let type = context.schema.rootType(operation.kind)
                checker.check(operation.selectionSet, on: type.map { .object($0) })
            case .fragment(let fragment):
                checker.check(
                    fragment.selectionSet, on: context.schema.types[fragment.typeCondition.value])
            case .typeSystem:
                break
            }
        }
    }

    /// Fields looked at before a document counts as hostile.
    fileprivate static let maxSteps = 100_000
}

/// A field with the type it is selected on.
private struct Candidate {
    let field: Field
    let parent: NamedType?
    /// None for `__typename`: the specification has its shape compared as well, but the reference
    /// implementations do not, and documents that they take are taken here.
    let definition: FieldDefinition?
}

private struct Checker {
    typealias Fields = OrderedDictionary<String, [Candidate]>

    let context: ValidationContext
    private var steps = 0
    private var checkedSingles: Set<ObjectIdentifier> = []
    private var checkedShapes: Set<[ObjectIdentifier]> = []
    private var checkedSameness: Set<[ObjectIdentifier]> = []
    private var reported: Set<[ObjectIdentifier]> = []

    init(context: ValidationContext) { self.context = context }

    /// Checks a selection set. Where each response key is asked for once, which is the usual
    /// case, the sets below can be checked one by one.
    mutating func check(_ set: SelectionSet, on type: NamedType?) {
        var singles: [Candidate] = []
        var repeated: Fields = [:]
        collect(set, type, &singles, &repeated)
        if !repeated.isEmpty {
            checkSameness(repeated, [])
            checkShapes(repeated, [])
        }
        for single in singles where repeated[single.field.responseKey] == nil {
            guard let set = single.field.selectionSet,
                checkedSingles.insert(ObjectIdentifier(single.field)).inserted
            else { continue }
            if !spend(1, at: single.field) { return }
            check(set, on: single.definition.flatMap { context.schema.types[$0.type.namedType] })
        }
    }

    /// False, with one error, once too much work was done.
    private mutating func spend(_ count: Int, at field: Field) -> Bool {
        guard steps <= OverlappingFieldsCanBeMergedRule.maxSteps else { return false }
        steps += count
        if steps > OverlappingFieldsCanBeMergedRule.maxSteps {
            context.report(
                "The document's overlapping fields are too many to check.", at: field.offset,
                code: ErrorCode.documentTooComplex)
            return false
        }
        return true
    }

    // MARK: Collecting

    /// All fields of a selection set with its fragments, and by key those whose key is repeated.
    private mutating func collect(
        _ set: SelectionSet, _ type: NamedType?, _ fields: inout [Candidate],
        _ repeated: inout Fields
    ) {
        var visited: Set<String> = []
        collect(set, type, &fields, &visited)
        steps += fields.count
        if fields.count <= 8 {
            for (index, candidate) in fields.enumerated() {
                let key = candidate.field.responseKey
                if repeated[key] != nil { continue }
                let others = fields[(index + 1)...].filter { $0.field.responseKey == key }
                if !others.isEmpty { repeated[key] = [candidate] + others }
            }
            return
        }
        var known: [String: Int] = [:]
        known.reserveCapacity(fields.count)
        for (index, candidate) in fields.enumerated() {
            let key = candidate.field.responseKey
            if let first = known[key] {
                repeated[key, default: [fields[first]]].append(candidate)
            } else {
                known[key] = index
            }
        }
    }

    private func collect(
        _ set: SelectionSet, _ type: NamedType?, _ fields: inout [Candidate],
        _ visited: inout Set<String>
    ) {
        for selection in set.selections {
            switch selection {
            case .field(let field):
                let name = field.name.value
                let definition = type.flatMap {
                    name == "__typename" ? nil : context.schema.field(name, on: $0)
                }
                fields.append(Candidate(field: field, parent: type, definition: definition))
            case .inline(let inline):
                let inner = inline.typeCondition.map { context.schema.types[$0.value] } ?? type
                collect(inline.selectionSet, inner, &fields, &visited)
            case .spread(let spread):
                guard visited.insert(spread.name.value).inserted,
                    let fragment = context.fragments[spread.name.value]
                else { continue }
                collect(
                    fragment.selectionSet, context.schema.types[fragment.typeCondition.value],
                    &fields, &visited)
            }
        }
    }

    /// The fields below those of a group, by response key.
    private mutating func collectBelow(_ group: [Candidate]) -> Fields {
        var fields: [Candidate] = []
        var visited: Set<String> = []
        for candidate in group {
            guard let set = candidate.field.selectionSet else { continue }
            let type = candidate.definition.flatMap { context.schema.types[$0.type.namedType] }
            collect(set, type, &fields, &visited)
        }
        steps += fields.count
        var result: Fields = [:]
        for field in fields { result[field.field.responseKey, default: []].append(field) }
        return result
    }

    // MARK: Same shape

    /// https://spec.graphql.org/September2025/#SameResponseShape()
    private mutating func checkShapes(
        _ fields: Fields, _ way: [String]
    ) {
        for (key, group) in fields {
            guard let first = group.first(where: { $0.definition != nil }) else { continue }
            guard spend(group.count, at: first.field) else { return }
            let way = group.count > 1 ? way + [key] : []
            for other in group {
                guard let type = first.definition?.type, let otherType = other.definition?.type,
                    !haveSameShape(type, otherType)
                else { continue }
                report(
                    first, other, way,
                    "they return conflicting types \"\(type)\" and \"\(otherType)\"")
            }
            guard group.contains(where: { $0.field.selectionSet != nil }) else { continue }
            let identity = identity(group)
            if checkedShapes.insert(identity).inserted {
                checkShapes(collectBelow(group), way)
            }
        }
    }

    private func haveSameShape(_ first: TypeReference, _ second: TypeReference) -> Bool {
        switch (first, second) {
        case (.nonNull(let left), .nonNull(let right)), (.list(let left), .list(let right)):
            return haveSameShape(left, right)
        case (.named(let left), .named(let right)):
            if left == right { return true }
            let types = context.schema.types
            return types[left]?.isComposite == true && types[right]?.isComposite == true
        default:
            return false
        }
    }

    // MARK: Same field

    private mutating func checkSameness(
        _ fields: Fields, _ way: [String]
    ) {
        for (key, all) in fields {
            for group in commonParents(all) {
                guard let first = group.first else { continue }
                guard spend(group.count, at: first.field) else { return }
                let way = group.count > 1 ? way + [key] : []
                for other in group.dropFirst() {
                    if let reason = difference(first.field, other.field) {
                        report(first, other, way, reason)
                    }
                }
                guard group.contains(where: { $0.field.selectionSet != nil }) else { continue }
                let identity = identity(group)
                if checkedSameness.insert(identity).inserted {
                    checkSameness(collectBelow(group), way)
                }
            }
        }
    }

    /// The groups of fields whose parents can be the same object.
    private func commonParents(_ fields: [Candidate]) -> [[Candidate]] {
        if fields.count == 1 { return [fields] }
        var concrete: OrderedDictionary<String, [Candidate]> = [:]
        var abstract: [Candidate] = []
        for candidate in fields {
            if case .object(let type)? = candidate.parent {
                concrete[type.name, default: []].append(candidate)
            } else {
                abstract.append(candidate)
            }
        }
        if concrete.isEmpty { return [abstract] }
        return concrete.values.map { abstract.isEmpty ? $0 : $0 + abstract }
    }

    private func difference(_ first: Field, _ second: Field) -> String? {
        if first === second { return nil }
        if first.name.value != second.name.value {
            return "\"\(first.name.value)\" and \"\(second.name.value)\" are different fields"
        }
        if first.arguments.isEmpty, second.arguments.isEmpty { return nil }
        return haveSameArguments(first, second) ? nil : "they have differing arguments"
    }

    private func haveSameArguments(_ first: Field, _ second: Field) -> Bool {
        guard first.arguments.count == second.arguments.count else { return false }
        var values: [String: ValueNode] = [:]
        for argument in second.arguments { values[argument.name.value] = argument.value }
        return first.arguments.allSatisfy { argument in
            values[argument.name.value].map { argument.value.isSame(as: $0) } ?? false
        }
    }

    // MARK: Reports

    private func identity(_ group: [Candidate]) -> [ObjectIdentifier] {
        group.map { ObjectIdentifier($0.field) }
    }

    private mutating func report(
        _ first: Candidate, _ second: Candidate, _ way: [String], _ reason: String
    ) {
        let pair = [ObjectIdentifier(first.field), ObjectIdentifier(second.field)].sorted()
        guard reported.insert(pair).inserted else { return }
        let outer = way.first ?? first.field.responseKey
        let inner = way.dropFirst().reversed().reduce(reason) {
            "subfields \"\($1)\" conflict because \($0)"
        }
        context.report(
            "Fields \"\(outer)\" conflict because \(inner). Use different aliases on the fields "
                + "to fetch both if this was intentional.",
            at: first.field.offset, second.field.offset)
    }
}

extension ValueNode {
    /// Whether two literals mean the same; the order of an object's fields does not matter.
    func isSame(as other: ValueNode) -> Bool {
        switch (kind, other.kind) {
        case (.variable(let left), .variable(let right)), (.int(let left), .int(let right)),
            (.float(let left), .float(let right)), (.enumCase(let left), .enumCase(let right)):
            return left == right
        case (.string(let left, _), .string(let right, _)):
            // Swift's own equality takes different spellings of a character for the same.
            return left.utf8.elementsEqual(right.utf8)
        case (.bool(let left), .bool(let right)):
            return left == right
        case (.null, .null):
            return true
        case (.list(let left), .list(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
        case (.object(let left), .object(let right)):
            guard left.count == right.count else { return false }
            let sorted = { (fields: [Argument]) in fields.sorted { $0.name.value < $1.name.value } }
            return zip(sorted(left), sorted(right)).allSatisfy {
                $0.name.value == $1.name.value && $0.value.isSame(as: $1.value)
            }
        default:
            return false
        }
    }
}
