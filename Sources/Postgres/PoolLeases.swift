import Synchronization

/// A caller that waits for a connection of its own.
final class LeaseUnit: Sendable {
    let slot = Resumable<Connection>()
    let ticket = Atomic<UInt64>(0)
    let began = ContinuousClock.now
}

extension Pool {
    /// Waits for a connection to use alone. It must be given back with `release` or `discard`.
    func lease() async throws -> Connection {
        try Task.checkCancellation()
        let unit = LeaseUnit()
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                if unit.slot.attach(continuation) { enqueue(unit) }
            }
        } onCancel: {
            guard unit.slot.finish(.failure(CancellationError())) else { return }
            let ticket = unit.ticket.load(ordering: .acquiring)
            core.withLock { $0.state.removeLease(ticket: ticket) }
        }
    }

    private func enqueue(_ unit: LeaseUnit) {
        let deadline = patience(from: unit.began)
        let refusal: PostgresError? = update { core in
            if let refusal = self.refusal(core) { return refusal }
            guard deadline > unit.began else { return Self.tooLate }
            guard let ticket = core.state.add(lease: unit, deadline: deadline) else {
                return overload
            }
            unit.ticket.store(ticket, ordering: .releasing)
            return nil
        }
        if let refusal { unit.slot.finish(.failure(refusal)) }
    }

    /// Gives a leased connection back if nothing is left open on it, else replaces it.
    /// - Parameter failure: what its last work ended with.
    func giveBack(_ connection: Connection, after failure: PostgresError? = nil) async {
        if connection.takeMayMeetCancel() { await connection.settleCancellation() }
        if !connection.isClean {
            discard(connection)
        } else if failure?.isReadOnly == true {
            replaceReadOnly(connection)
        } else {
            release(connection)
        }
    }

    /// See `write(_:settings:lane:)`.
    func writeUntraced(
        _ statements: [SQL], _ settings: [LocalSetting], _ lane: WriteLanes.Lane?
    ) async throws -> [Rows] {
        guard !statements.isEmpty else { return [] }
        for sql in statements { try sql.validate() }
        self.statements.add(statements.count)
        let prelude = SQL.settings(settings + lockSettings)
        var attempt = 1
        var locked = LockedWork()
        while true {
            let outcome =
                if let lane {
                    try await write(prelude, statements, lane)
                } else {
                    try await write(prelude, statements)
                }
            guard let failure = outcome.failure else { return outcome.results }
            if failure.isLocked, try await locked.giveWay(configuration) { continue }
            let mayRetry = failure.isRetryable || failure.isStalePlan || outcome.isUnsent
            guard mayRetry, attempt < 5, !Task.isCancelled else {
                throw outcome.error(committing: true)
            }
            try await Backoff.pause(beforeAttempt: attempt)
            attempt += 1
        }
    }
}

extension Pool {
    private func write(_ prelude: [SQL], _ statements: [SQL]) async throws -> SegmentOutcome {
        let connection = try await lease()
        let outcome = await connection.run(prelude: prelude, statements, isCancellable: true)
        await giveBack(connection, after: outcome.failure)
        return outcome
    }

    private func write(
        _ prelude: [SQL], _ statements: [SQL], _ lane: WriteLanes.Lane
    ) async throws -> SegmentOutcome {
        let connection: Connection
        // Where others wait for a connection, it goes to them first.
        let isAwaited = core.withLock { $0.state.waiting > 0 }
        if !isAwaited, let shared = lane.enter() {
            connection = shared
        } else {
            connection = try await lease()
            lane.begin(on: connection)
        }
        // A cancel request would meet whichever transaction is the server's turn.
        let outcome = await connection.run(prelude: prelude, statements, isCancellable: false)
        if let failure = lane.leave(connection, after: outcome.failure) {
            await giveBack(connection, after: failure)
        }
        return outcome
    }
}

extension SegmentOutcome {
    /// What a caller is told about a failed segment.
    func error(committing: Bool) -> any Error {
        guard var failure else { return PostgresError(.connectionLost, "no outcome") }
        if Task.isCancelled, failure.sqlState == "57014" { return CancellationError() }
        if isLost, failure.kind != .invalidStatement {
            failure.kind = isUnknown && committing ? .commitUnknown : .connectionLost
        }
        return failure
    }
}

extension Connection {
    /// Sends one segment and waits for its outcome.
    func run(
        prelude: [SQL] = [], _ statements: [SQL], isCancellable: Bool
    ) async -> SegmentOutcome {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let segment = Segment(prelude: prelude, statements: statements) {
                    continuation.resume(returning: $0)
                }
                submit([segment], isShared: false)
                // The handler may have run before there was anything to cancel.
                if isCancellable, Task.isCancelled { cancelInFlight() }
            }
        } onCancel: {
            if isCancellable { cancelInFlight() }
        }
    }

    /// After a cancel request: a round trip that takes it upon itself if it comes late, so that the
    /// next user is safe from it.
    func settleCancellation() async {
        for _ in 0..<3 {
            let outcome = await run([SQL.ping], isCancellable: false)
            if outcome.failure?.sqlState != "57014" { return }
        }
    }
}

extension SQL {
    /// The cheapest statement that proves a session alive.
    static var ping: SQL { "select 1" }
}

/// Pauses before another attempt, growing and spread at random so that rivals do not meet again.
enum Backoff {
    static func pause(beforeAttempt attempt: Int) async throws {
        let ceiling = 2 << min(attempt, 6)
        try await Task.sleep(for: .milliseconds(Int.random(in: 1...ceiling)))
    }
}

extension Pool {
    /// What a transaction sets so that it waits for locks no longer than it shall.
    var lockSettings: [LocalSetting] {
        guard let wait = configuration.lockWait else { return [] }
        return [LocalSetting(name: "lock_timeout", value: "\(max(1, wait.milliseconds))")]
    }
}

/// Work that meets locks of somebody else's: in between, others have its connection.
struct LockedWork {
    private var end: ContinuousClock.Instant?
    private var pauses = 0

    /// Pauses before the next attempt.
    /// - Returns: false if there is to be none.
    mutating func giveWay(_ configuration: PoolConfiguration) async throws -> Bool {
        guard configuration.lockWait != nil, !Task.isCancelled else { return false }
        let now = ContinuousClock.now
        let patience = now.advanced(by: configuration.lockPatience)
        let end = end ?? Pool.deadline.map { min($0, patience) } ?? patience
        self.end = end
        // The longer it takes the less of the connections it gets, half a second apart at most.
        let ceiling = 64 << min(pauses, 3)
        let pause = Duration.milliseconds(Int.random(in: ceiling / 2...ceiling))
        guard now.advanced(by: pause) < end else { return false }
        pauses += 1
        try await Task.sleep(for: pause)
        return true
    }
}
