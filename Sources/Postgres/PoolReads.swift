import Synchronization

/// Read-only statements of one caller, on their way through the pool.
final class ReadUnit: Sendable {
    let statements: [SQL]
    let settings: [LocalSetting]
    let began: ContinuousClock.Instant
    let deadline: ContinuousClock.Instant
    let slot = Resumable<[Rows]>()
    /// Its place in the queue; 0 before it has one.
    let ticket = Atomic<UInt64>(0)
    /// Whether it must not share a synchronisation point again.
    let isAlone = Atomic<Bool>(false)
    /// Whether it was sent before and its connection failed it.
    let wasRetried = Atomic<Bool>(false)

    init(
        _ statements: [SQL], _ settings: [LocalSetting], began: ContinuousClock.Instant,
        deadline: ContinuousClock.Instant
    ) {
        self.statements = statements
        self.settings = settings
        self.began = began
        self.deadline = deadline
    }
}

extension Pool {
    /// See `read(_:settings:)`.
    func readUntraced(
        _ statements: [SQL], _ settings: [LocalSetting]
    ) async throws -> [Rows] {
        guard !statements.isEmpty else { return [] }
        for sql in statements { try sql.validate() }
        try Task.checkCancellation()
        self.statements.add(statements.count)
        let now = ContinuousClock.now
        let unit = ReadUnit(statements, settings, began: now, deadline: patience(from: now))
        return try await withTaskCancellationHandler {
            if enqueue(unit) {
                // Those that run before this one does again come along.
                await Task.yield()
                update { $0.gatheringSince = nil }
            }
            return try await withUnsafeThrowingContinuation { _ = unit.slot.attach($0) }
        } onCancel: {
            guard unit.slot.finish(.failure(CancellationError())) else { return }
            let ticket = unit.ticket.load(ordering: .acquiring)
            core.withLock { $0.state.removeRead(ticket: ticket) }
        }
    }

    /// Queues a unit. Units that come at about the same time are gathered, since a burst costs the
    /// server little more than one of them: the first one sees to it that they are sent.
    /// - Returns: whether it is the first one.
    private func enqueue(_ unit: ReadUnit) -> Bool {
        let (refusal, isFirst) = core.withLock { core -> (PostgresError?, Bool) in
            if let refusal = self.refusal(core) { return (refusal, false) }
            guard unit.deadline > unit.began else { return (Self.tooLate, false) }
            guard let ticket = core.state.add(read: unit, deadline: unit.deadline) else {
                return (overload, false)
            }
            unit.ticket.store(ticket, ordering: .releasing)
            // Its task may have been cancelled before there was a ticket to remove.
            if unit.slot.isFinished { core.state.removeRead(ticket: ticket) }
            // The thread of the first one may be busy with something else for long.
            let isFirst =
                core.gatheringSince.map { $0 + Self.gatheringTime < unit.began } ?? true
            if isFirst { core.gatheringSince = unit.began }
            return (nil, isFirst)
        }
        if let refusal { unit.slot.finish(.failure(refusal)) }
        return isFirst
    }

    /// How long the first of a gathering is waited for.
    private static let gatheringTime = Duration.microseconds(200)

    /// Sends a burst: one segment for each group of units that may share one.
    func send(_ units: [ReadUnit], on connection: Connection) {
        metrics.sent(units)
        let segments = groups(units).map { group in
            let questions = Questions(group)
            return Segment(
                prelude: SQL.readPrelude(group[0].settings), statements: questions.statements
            ) { outcome in
                self.finish(group, questions, outcome)
            }
        }
        connection.submit(segments, isShared: true)
    }

    /// Units with equal settings, in the order of their first members. Settings are never mixed.
    private func groups(_ units: [ReadUnit]) -> [[ReadUnit]] {
        guard configuration.shareSync, units.count > 1 else { return units.map { [$0] } }
        var groups: [[ReadUnit]] = []
        var open: [[LocalSetting]: Int] = [:]
        for unit in units {
            if unit.isAlone.load(ordering: .relaxed) {
                groups.append([unit])
            } else if let index = open[unit.settings] {
                groups[index].append(unit)
            } else {
                open[unit.settings] = groups.count
                groups.append([unit])
            }
        }
        return groups
    }

    private func finish(
        _ group: [ReadUnit], _ questions: Questions, _ outcome: SegmentOutcome
    ) {
        guard let failure = outcome.failure else {
            guard outcome.results.count == questions.statements.count else {
                let missing = PostgresError(.connectionLost, "an answer is missing")
                for unit in group { unit.slot.finish(.failure(missing)) }
                return
            }
            for (unit, answers) in zip(group, questions.answers) {
                unit.slot.finish(.success(answers.map { outcome.results[$0] }))
            }
            return
        }
        if failure.kind == .invalidStatement, group.count == 1 {
            group[0].slot.finish(.failure(failure))
        } else if outcome.isLost || failure.isStalePlan {
            if outcome.isLost { replaceIdle() }
            retryOnce(group, failure)
        } else if group.count > 1 {
            for unit in group { unit.isAlone.store(true, ordering: .relaxed) }
            putBack(group)
        } else {
            group[0].slot.finish(.failure(failure))
        }
    }

    private func retryOnce(_ group: [ReadUnit], _ failure: PostgresError) {
        var again: [ReadUnit] = []
        for unit in group {
            unit.isAlone.store(true, ordering: .relaxed)
            // A server that is being stopped ends every connection; others may do it of this unit's
            // own doing, which must not go on.
            if !failure.isShutdown, unit.wasRetried.exchange(true, ordering: .relaxed) {
                unit.slot.finish(.failure(failure.named(unit.statements[0])))
            } else {
                again.append(unit)
            }
        }
        putBack(again)
    }

    private func putBack(_ again: [ReadUnit]) {
        let now = ContinuousClock.now
        var units: [ReadUnit] = []
        for unit in again {
            if unit.deadline > now {
                units.append(unit)
            } else {
                unit.slot.finish(.failure(Self.tooLate))
            }
        }
        let isClosed = update { core in
            guard core.phase != .closed else { return true }
            for unit in units {
                core.state.putBack(
                    read: unit, ticket: unit.ticket.load(ordering: .acquiring),
                    deadline: unit.deadline)
            }
            return false
        }
        guard isClosed else { return }
        for unit in units {
            unit.slot.finish(.failure(PostgresError(.poolClosed, "the pool is shut down")))
        }
    }
}

/// What the units of a group ask, together. What several ask in the same words is asked once: they
/// were all there before it is, so that each gets an answer that is new to it.
private struct Questions {
    private(set) var statements: [SQL] = []
    /// Where the answers of each unit will stand.
    private(set) var answers: [[Int]] = []

    /// - Parameter group: units with equal settings.
    init(_ group: [ReadUnit]) {
        guard group.count > 1 else {
            statements = group.first?.statements ?? []
            answers = [Array(statements.indices)]
            return
        }
        var places: [SQL: Int] = [:]
        for unit in group {
            answers.append(
                unit.statements.map { statement in
                    if let place = places[statement] { return place }
                    statements.append(statement)
                    places[statement] = statements.count - 1
                    return statements.count - 1
                })
        }
    }
}

extension SQL: Hashable {
    public static func == (left: SQL, right: SQL) -> Bool {
        left.binds == right.binds && left.text == right.text
    }

    /// By the values alone, which tell statements apart that are about at the same time.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(binds.bytes)
    }
}

extension SQL {
    /// Settings for one transaction, in one statement; nothing for no settings.
    static func settings(_ settings: [LocalSetting], readOnly: Bool = false) -> [SQL] {
        guard !settings.isEmpty else { return [] }
        var sql = StringInterpolation(literalCapacity: 64, interpolationCount: settings.count * 2)
        sql.appendLiteral("select ")
        for (index, setting) in settings.enumerated() {
            if index > 0 { sql.appendLiteral(", ") }
            sql.appendLiteral("set_config(")
            sql.appendInterpolation(setting.name)
            sql.appendLiteral(", ")
            sql.appendInterpolation(setting.value)
            sql.appendLiteral(", true)")
        }
        if readOnly { sql.appendLiteral(", set_config('transaction_read_only', 'on', true)") }
        return [SQL(stringInterpolation: sql)]
    }

    /// What precedes a read unit: its settings, and with them the server's guard against writes.
    static func readPrelude(_ settings: [LocalSetting]) -> [SQL] {
        self.settings(settings, readOnly: true)
    }
}
