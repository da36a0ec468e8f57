/// Writes the response straight from the executed groups. Where a non-null position has no
/// value, what was written of the nearest nullable parent is taken back and `null` stands there
/// (https://spec.graphql.org/September2025/#sec-Handling-Execution-Errors).
struct ResponseWriter: ~Copyable {
    /// Most answers are small; memory for larger ones is found when they turn out to be.
    var writer = JSONWriter(capacity: 512)
    fileprivate var errors: [GraphQLError] = []
    /// What writes the fields of each group.
    private let groups: [[any FieldWriter]]
    private let present: (any Error) -> GraphQLError
    private var path: [GraphQLError.PathElement] = []
    /// Whether a field of the root has a value other than null.
    private var hasValue = false

    init(groups: [Group], present: @escaping (any Error) -> GraphQLError) {
        self.groups = groups.map(\.writers)
        self.present = present
    }

    /// Errors of fields that a response lists; more would tell a client nothing new.
    static let maxErrors = 1_000

    static let opening: StaticString = "{\"data\":"

    /// Writes `{"data":...` without the closing brace; answers whether data is not null.
    mutating func writeData() -> Bool {
        writer.literal(Self.opening)
        let start = writer.count
        if !groups.isEmpty, object(0, 0, isRoot: true) { return true }
        writer.takeBack(to: start)
        writer.literal("null")
        hasValue = false
        return false
    }

    /// False where the object must be null because a non-null field of it has no value.
    private mutating func object(_ index: Int, _ row: Int, isRoot: Bool = false) -> Bool {
        let fields = groups[index]
        if fields.isEmpty { writer.byte(0x7B) }
        var separator: UInt8 = 0x7B
        for field in fields {
            writer.byte(separator)
            separator = 0x2C
            if !field.write(row, to: &self) { return false }
            // Nothing else ends like this: a text ends with a quotation mark.
            if isRoot, !hasValue { hasValue = !writer.ends(with: ":null") }
        }
        writer.byte(0x7D)
        return true
    }

    // MARK: Leaves

    /// Writes a leaf, without any detour if it simply is what the schema says.
    mutating func property(_ value: Resolved, _ field: FieldPlan) -> Bool {
        switch (field.plainLeaf, value) {
        case (.text, .string(let text)): writer.string(text)
        case (.int, .int(let number)) where Int32(exactly: number) != nil:
            writer.integer(Int64(number))
        case (.boolean, .bool(let flag)): writer.bool(flag)
        case (.float, .double(let number)) where number.isFinite: writer.double(number)
        default: return cell(.success(value), field)
        }
        return true
    }

    mutating func cell(_ cell: Cell, _ field: FieldPlan) -> Bool {
        switch cell {
        case .success(let value):
            path.append(.key(field.key))
            defer { path.removeLast() }
            return leaf(value, field.completion, field)
        case .failure(let error):
            path.append(.key(field.key))
            reportHere(error, field)
            path.removeLast()
            if case .nonNull = field.completion { return false }
            writer.literal("null")
            return true
        }
    }

    /// A leaf or list of leaves; the path stands at its position.
    private mutating func leaf(
        _ value: Resolved, _ completion: Completion, _ field: FieldPlan
    ) -> Bool {
        if case .nonNull(let inner) = completion {
            if value.isNull {
                reportMissing(field)
                return false
            }
            return leafValue(value, inner, field)
        }
        let start = writer.count
        if !value.isNull, leafValue(value, completion, field) { return true }
        writer.takeBack(to: start)
        writer.literal("null")
        return true
    }

    /// False where the value came to nothing and the error is reported.
    private mutating func leafValue(
        _ value: Resolved, _ completion: Completion, _ field: FieldPlan
    ) -> Bool {
        switch completion {
        case .leaf(let output):
            do {
                try output.write(value, to: &writer)
                return true
            } catch {
                reportHere(error, field)
                return false
            }
        case .list(let inner):
            guard let items = value.items else {
                if case .failure(let error) = value {
                    reportHere(error, field)
                } else {
                    reportNoList(field)
                }
                return false
            }
            return list(items.count) { $0.leaf(items[$1], inner, field) }
        case .nonNull, .object, .abstract:
            return false
        }
    }

    // MARK: Composites

    /// A completed value of a composite field; false as for `object`.
    mutating func composite(_ value: Slot, _ field: FieldPlan) -> Bool {
        path.append(.key(field.key))
        defer { path.removeLast() }
        return slot(value, field.completion, field)
    }

    private mutating func slot(
        _ slot: Slot, _ completion: Completion, _ field: FieldPlan
    ) -> Bool {
        if case .nonNull(let inner) = completion {
            if case .null = slot {
                reportMissing(field)
                return false
            }
            return value(slot, inner, field)
        }
        let start = writer.count
        if value(slot, completion, field) { return true }
        writer.takeBack(to: start)
        writer.literal("null")
        return true
    }

    /// False where the value came to nothing and the error is reported.
    private mutating func value(
        _ slot: Slot, _ completion: Completion, _ field: FieldPlan
    ) -> Bool {
        switch slot {
        case .null:
            writer.literal("null")
            return true
        case .failed(let error):
            reportHere(error, field)
            return false
        case .object(let group, let row):
            return object(group, row)
        case .list(let slots):
            guard case .list(let inner) = completion else { return false }
            return list(slots.count) { $0.slot(slots[$1], inner, field) }
        case .rows(let group, let rows):
            guard case .list(let inner) = completion else { return false }
            return list(rows.count) {
                $0.slot(.object(group: group, row: rows.lowerBound + $1), inner, field)
            }
        }
    }

    /// Writes `[...]`; false where an item came to nothing and may not be null.
    private mutating func list(
        _ count: Int, _ item: (inout ResponseWriter, Int) -> Bool
    ) -> Bool {
        writer.byte(0x5B)
        for index in 0..<count {
            if index > 0 { writer.byte(0x2C) }
            path.append(.index(index))
            let isWritten = item(&self, index)
            path.removeLast()
            if !isWritten { return false }
        }
        writer.byte(0x5D)
        return true
    }

    // MARK: Errors

    private mutating func reportHere(_ error: any Error, _ field: FieldPlan) {
        if errors.count > Self.maxErrors { return }
        if errors.count == Self.maxErrors {
            errors.append(
                GraphQLError(
                    "Too many errors: those of further fields are left out.",
                    code: ErrorCode.internalError))
            return
        }
        var entry = (error as? EngineFailure)?.error ?? present(error)
        entry.path = path
        if entry.locations.isEmpty { entry.locations = field.locations }
        errors.append(entry)
    }

    private mutating func reportNoList(_ field: FieldPlan) {
        reportHere(
            EngineFailure(
                error: GraphQLError(
                    "Expected a list for field "
                        + "\"\(field.parentName).\(field.definition.name)\".",
                    code: ErrorCode.internalError)), field)
    }

    private mutating func reportMissing(_ field: FieldPlan) {
        reportHere(
            EngineFailure(
                error: GraphQLError(
                    "Cannot return null for non-nullable field "
                        + "\(field.parentName).\(field.definition.name).",
                    code: ErrorCode.internalError)), field)
    }
}

extension Resolved {
    var isNull: Bool {
        switch self {
        case .null, .value(.null): true
        default: false
        }
    }

    /// The items of a list of leaves.
    var items: [Resolved]? {
        switch self {
        case .list(let items): items
        case .value(.list(let items)): items.map { .value($0) }
        default: nil
        }
    }
}

extension ResponseWriter {
    /// The complete response; `errors` come first, so that clients see them before the data.
    mutating func response(hasData: Bool) -> Response {
        writer.byte(0x7D)
        guard !errors.isEmpty else {
            return Response(
                body: writer.bytes, errors: [], dataIsNull: !hasData, hasValue: hasValue)
        }
        var whole = JSONWriter(capacity: writer.count + errors.count * 128)
        whole.literal("{\"errors\":")
        whole.errors(errors)
        whole.byte(0x2C)
        whole.raw(writer, from: 1)
        return Response(
            body: whole.bytes, errors: errors, dataIsNull: !hasData, hasValue: hasValue)
    }
}
