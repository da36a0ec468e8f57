/// Runs one operation level by level: all fields of all objects of a level are resolved before
/// the next level begins, so that a batch resolver sees every parent at once.
final class Executor {
    private let context: any Sendable
    private let variables: [String: Value]
    private(set) var groups: [Group] = []

    init(context: any Sendable, variables: [String: Value]) {
        self.context = context
        self.variables = variables
    }

    /// Executes the root selection; `serially` one root field with all below it at a time.
    func run(_ plan: SelectionPlan, root: any Sendable, serially: Bool) async {
        var sources = SourceBatch()
        sources.append(root)
        groups = [Group(plan: plan, sources: sources)]
        if serially {
            for index in plan.fields.indices {
                await resolve([(0, index)])
                await descend(from: complete([(0, index)]))
            }
        } else {
            await descend(from: 0..<1)
        }
    }

    /// Works through the groups of one level after another until there are no more.
    private func descend(from first: Range<Int>) async {
        var level = first
        while !level.isEmpty {
            var work: [(group: Int, field: Int)] = []
            for group in level {
                for field in groups[group].plan.fields.indices { work.append((group, field)) }
            }
            await resolve(work)
            level = complete(work)
        }
    }

    // MARK: Resolution

    /// One call of an asynchronous resolver, for all objects of a group.
    private struct Job: Sendable {
        let group: Int
        let field: Int
        let plan: FieldPlan
        let rows: any Sendable
        let count: Int
        let arguments: Arguments
    }

    private func resolve(_ work: [(group: Int, field: Int)]) async {
        var jobs: [Job] = []
        for (index, field) in work {
            let group = groups[index]
            let plan = group.plan.fields[field]
            if case .typename = plan.resolver {
                group.columns[field] = .typename
                continue
            }
            guard let rows = group.rows else {
                fail(group, field, WrongSource())
                continue
            }
            switch plan.arguments(variables) {
            case .failure(let error):
                fail(group, field, EngineFailure(error: error))
            case .success(let arguments):
                if plan.check == nil, case .read(let bind) = plan.resolver {
                    if let read = bind(rows, arguments) {
                        group.columns[field] = .reader(read)
                    } else {
                        fail(group, field, WrongSource())
                    }
                } else {
                    jobs.append(
                        Job(
                            group: index, field: field, plan: plan, rows: rows,
                            count: group.count, arguments: arguments))
                }
            }
        }
        await run(jobs)
    }

    private func fail(_ group: Group, _ field: Int, _ error: any Error) {
        group.columns[field] = .cells([Cell](repeating: .failure(error), count: group.count))
    }

    private func run(_ jobs: [Job]) async {
        let context = self.context
        if jobs.count == 1, let job = jobs.first {
            groups[job.group].columns[job.field] = await Self.run(job, context)
            return
        }
        guard !jobs.isEmpty else { return }
        await withTaskGroup(of: (Int, Group.Column).self) { tasks in
            for (index, job) in jobs.enumerated() {
                tasks.addTask { (index, await Self.run(job, context)) }
            }
            for await (index, column) in tasks {
                groups[jobs[index].group].columns[jobs[index].field] = column
            }
        }
    }

    private static func run(_ job: Job, _ context: any Sendable) async -> Group.Column {
        do {
            try Task.checkCancellation()
            if let check = job.plan.check, let answer = try await check(job.arguments, context) {
                return .cells([Cell](repeating: .success(answer), count: job.count))
            }
            switch job.plan.resolver {
            case .read(let bind):
                guard let read = bind(job.rows, job.arguments) else { throw WrongSource() }
                return .reader(read)
            case .batch(let resolve):
                return .cells(try await resolve(job.rows, job.arguments, context))
            case .single(let resolve):
                return .cells(await runEach(job, context, resolve))
            case .typename:
                return .typename
            }
        } catch {
            return .cells([Cell](repeating: .failure(error), count: job.count))
        }
    }

    private static func runEach(
        _ job: Job, _ context: any Sendable,
        _ resolve:
            @escaping @Sendable (any Sendable, Int, Arguments, any Sendable) async throws
            -> Resolved
    ) async -> [Cell] {
        let rows = job.rows
        let arguments = job.arguments
        @Sendable func cell(_ index: Int) async -> Cell {
            do {
                return .success(try await resolve(rows, index, arguments, context))
            } catch {
                return .failure(error)
            }
        }
        if job.count == 1 { return [await cell(0)] }
        return await withTaskGroup(of: (Int, Cell).self) { tasks in
            for index in 0..<job.count { tasks.addTask { (index, await cell(index)) } }
            var cells = [Cell](repeating: .success(.null), count: job.count)
            for await (index, cell) in tasks { cells[index] = cell }
            return cells
        }
    }

    // MARK: Completion

    /// Turns the results of composite fields into the groups of the next level.
    private func complete(_ work: [(group: Int, field: Int)]) -> Range<Int> {
        let first = groups.count
        for (index, field) in work {
            let group = groups[index]
            let plan = group.plan.fields[field]
            if plan.isLeaf { continue }
            var builder = SlotBuilder(plan: plan, firstGroup: groups.count)
            var slots: [Slot] = []
            slots.reserveCapacity(group.count)
            switch group.columns[field] {
            case .cells(let cells):
                for cell in cells {
                    switch cell {
                    case .success(let value): slots.append(builder.slot(value, plan.completion))
                    case .failure(let error): slots.append(.failed(error))
                    }
                }
            case .reader(let reader):
                for row in 0..<group.count {
                    do {
                        slots.append(builder.slot(try reader.read(row), plan.completion))
                    } catch {
                        slots.append(.failed(error))
                    }
                }
            case .pending, .typename, .slots:
                continue
            }
            group.columns[field] = .slots(slots)
            for (child, sources) in builder.children {
                groups.append(Group(plan: child, sources: sources))
            }
        }
        return first..<groups.count
    }
}

/// An error of the engine's own; it is not presented by the application.
struct EngineFailure: Error {
    let error: GraphQLError
}

/// The objects of one type at one place of the operation, and their fields' results by column.
final class Group {
    enum Column: Sendable {
        case pending
        case typename
        /// A synchronous leaf, read only when it is written.
        case reader(any RowReader)
        case cells([Cell])
        case slots([Slot])
    }

    let plan: SelectionPlan
    let rows: (any Sendable)?
    let count: Int
    var columns: [Column]

    init(plan: SelectionPlan, sources: SourceBatch) {
        self.plan = plan
        rows = plan.makeRows(sources)
        count = sources.count
        columns = [Column](repeating: .pending, count: plan.fields.count)
    }
}

/// A completed value of a composite field.
enum Slot: Sendable {
    case null
    case failed(any Error)
    case object(group: Int, row: Int)
    case list([Slot])
    /// A list of objects that stand in rows one after another.
    case rows(group: Int, Range<Int>)
}

/// Sorts the objects that one field gives into groups by concrete type.
private struct SlotBuilder {
    let plan: FieldPlan
    let firstGroup: Int
    var children: [(SelectionPlan, SourceBatch)] = []

    init(plan: FieldPlan, firstGroup: Int) {
        self.plan = plan
        self.firstGroup = firstGroup
    }

    mutating func slot(_ value: Resolved, _ completion: Completion) -> Slot {
        if case .null = value { return .null }
        if case .value(.null) = value { return .null }
        switch (completion, value) {
        case (_, .failure(let error)):
            return .failed(error)
        case (.nonNull(let inner), _):
            return slot(value, inner)
        case (.list(let inner), .list(let items)):
            var slots: [Slot] = []
            slots.reserveCapacity(items.count)
            for item in items { slots.append(slot(item, inner)) }
            return .list(slots)
        case (.list(let inner), .sources(let sources)):
            return rows(inner, sources.array)
        case (.list, _):
            return failure("Expected a list for field")
        case (.object(let name), .object(let source)):
            return add(name, source)
        case (.object(let name), .typed(let given, let source)) where given == name:
            return add(name, source)
        case (.abstract(let name), .typed(let given, let source)):
            guard plan.admits(given) else {
                return failure(
                    "Runtime Object type \"\(given)\" is not a possible type for \"\(name)\" of")
            }
            return add(given, source)
        case (.abstract(let name), _):
            return failure("Abstract type \"\(name)\" must resolve to an Object type for")
        default:
            return failure("Expected an object for")
        }
    }

    private func failure(_ what: String) -> Slot {
        .failed(
            EngineFailure(
                error: GraphQLError(
                    "\(what) \"\(plan.parentName).\(plan.definition.name)\".",
                    code: ErrorCode.internalError)))
    }

    private mutating func rows(_ completion: Completion, _ sources: any SourceArray) -> Slot {
        switch completion {
        case .object(let name), .nonNull(.object(let name)):
            guard let index = child(name) else { return failure("No such type for") }
            let first = children[index].1.count
            children[index].1.append(.typed(sources))
            return .rows(group: firstGroup + index, first..<first + sources.count)
        default:
            return .list(sources.boxed.map { slot(.object($0), completion) })
        }
    }

    private mutating func add(_ typeName: String, _ source: any Sendable) -> Slot {
        guard let index = child(typeName) else { return failure("No such type for") }
        children[index].1.append(source)
        return .object(group: firstGroup + index, row: children[index].1.count - 1)
    }

    /// The place of a type's objects among the children, which are few: one for each concrete type.
    private mutating func child(_ typeName: String) -> Int? {
        if let known = children.firstIndex(where: { $0.0.type.name == typeName }) { return known }
        guard let subplan = plan.subplan(typeName) else { return nil }
        children.append((subplan, SourceBatch()))
        return children.count - 1
    }
}
