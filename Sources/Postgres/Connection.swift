import CLibPQ
import DequeModule
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One non-blocking connection in pipeline mode. Whoever holds it (a burst of reads, or a lease)
/// submits segments; the event loop's thread takes the answers and calls the completions.
// SAFETY: `pg` is only used under the lock of `state`, and never after `state.isClosed`; the lock
// is never held while a completion runs.
final class Connection: @unchecked Sendable {
    /// What a connection tells its pool. The calls come without any lock held.
    struct Events: Sendable {
        /// All answers to a shared burst are in.
        var idle: @Sendable (Connection) -> Void
        /// The connection is closed; it was not asked to.
        var lost: @Sendable (Connection, PostgresError) -> Void
        /// Who is told of slow round trips.
        var slow: SlowStatements?
    }

    fileprivate struct State {
        var flying = Deque<FlyingSegment>()
        var cache: StatementCache
        var nextNumber: UInt64 = 0
        var isShared = false
        var isClosed = false
        var watchesWrites = false
        /// Cancel requests under way; completions wait for them, so that none can hit a later user.
        var cancelsRunning = 0
        var cancelStarted: ContinuousClock.Instant?
        /// Whether a cancel request was sent that a later statement may still meet.
        var mayMeetCancel = false
        var held: [FlyingSegment] = []
        /// Since when nothing has come although something is in flight.
        var silentSince: ContinuousClock.Instant?
        /// Not before then is the server asked whether it knows of what is in flight.
        var nextInquiry: ContinuousClock.Instant?
    }

    let id: Int
    /// Of the server's process behind it, or what a pooler says instead.
    private let process: Int32
    private let pg: OpaquePointer
    private let descriptor: Int32
    private let drainTLS: TLSPending?
    private let loop: EventLoop
    private let events: Events
    private let state: Mutex<State>

    /// Takes over a connection that is open, and puts it in pipeline mode.
    init(
        id: Int, opened: OpenedConnection, statementLimit: Int, loop: EventLoop, events: Events
    ) throws {
        self.id = id
        self.loop = loop
        self.events = events
        pg = opened.pg
        descriptor = PQsocket(opened.pg)
        process = PQbackendPID(opened.pg)
        drainTLS = TLSPending(opened.pg)
        state = Mutex(State(cache: StatementCache(limit: statementLimit)))
        guard PQsetnonblocking(pg, 1) == 0, PQenterPipelineMode(pg) == 1, descriptor >= 0 else {
            throw PostgresError(.connectFailed, "the connection cannot be used in pipeline mode")
        }
        guard loop.add(self, descriptor: descriptor) else {
            throw PostgresError(.connectFailed, "the event loop cannot watch another connection")
        }
    }

    deinit {
        if !state.withLock({ $0.isClosed }) { PQfinish(pg) }
    }

    /// Whether nothing is in flight and no transaction is open.
    var isClean: Bool {
        state.withLock { state in
            !state.isClosed && state.flying.isEmpty && PQtransactionStatus(pg) == PQTRANS_IDLE
        }
    }

    // MARK: Sending

    /// Sends segments; their completions are called in order, always, also when the connection is
    /// closed. With `isShared` the pool is told when all answers are in.
    func submit(_ segments: [Segment], isShared: Bool) {
        let sent = state.withLock { state -> Bool in
            state.isShared = isShared
            if state.flying.isEmpty { state.hears(.now) }
            var succeeded = !state.isClosed
            for segment in evictions(&state) + segments {
                var flying = FlyingSegment(
                    number: state.nextNumber, completion: segment.completion)
                state.nextNumber += 1
                flying.outcome.isUnsent = state.isClosed
                if events.slow != nil { flying.sentAt = .now }
                succeeded = succeeded && send(segment, as: &flying, &state.cache)
                state.flying.append(flying)
            }
            return succeeded && flush(&state)
        }
        if !sent { lose(state.withLock { connectionError($0) }) }
    }

    private func evictions(_ state: inout State) -> [Segment] {
        guard state.flying.isEmpty, !state.isClosed, PQtransactionStatus(pg) == PQTRANS_IDLE
        else { return [] }
        let names = state.cache.evict()
        guard !names.isEmpty else { return [] }
        let statements = names.map { SQL(unescaped: "deallocate \($0)") }
        return [Segment(prelude: statements, statements: [], usesCache: false) { _ in }]
    }

    private func send(
        _ segment: Segment, as flying: inout FlyingSegment, _ cache: inout StatementCache
    ) -> Bool {
        flying.steps.reserveCapacity(segment.prelude.count + segment.statements.count + 1)
        for sql in segment.prelude {
            let plan = segment.usesCache ? cache.plan(for: sql, segment: flying.number) : .unnamed
            guard send(.drop(sql), plan, as: &flying) else { return false }
        }
        for sql in segment.statements {
            let plan = segment.usesCache ? cache.plan(for: sql, segment: flying.number) : .unnamed
            guard send(.keep(sql), plan, as: &flying) else { return false }
        }
        return PQpipelineSync(pg) == 1
    }

    private func send(
        _ step: FlyingSegment.Step, _ plan: StatementCache.Plan, as flying: inout FlyingSegment
    ) -> Bool {
        let sql = step.sql
        if case .prepare(let name) = plan {
            flying.steps.append(.prepare(sql))
            guard Wire.prepare(pg, name, sql) else { return false }
        }
        flying.steps.append(step)
        switch plan {
        case .prepared(let name), .prepare(let name): return Wire.run(pg, prepared: name, sql)
        case .unnamed: return Wire.run(pg, sql)
        }
    }

    /// Writes what the socket takes, and watches for room if something is left.
    private func flush(_ state: inout State) -> Bool {
        let left = PQflush(pg)
        guard left >= 0 else { return false }
        if (left == 1) != state.watchesWrites {
            state.watchesWrites = left == 1
            loop.watchWrites(left == 1, id: id, descriptor: descriptor)
        }
        return true
    }

    // MARK: Receiving (on the event loop's thread)

    /// The socket has something to read, or room to write.
    func ready(canWrite: Bool) {
        var finished: [FlyingSegment] = []
        var isIdle = false
        let failure = state.withLock { state -> PostgresError? in
            guard !state.isClosed else { return nil }
            let wasBusy = !state.flying.isEmpty
            var alive = true
            repeat {
                alive = PQconsumeInput(pg) == 1
                finished += collect(&state)
            } while alive && drainTLS?.hasMore == true
            let failures = (finished + state.flying.prefix(1)).lazy.compactMap(\.outcome.failure)
            if let fatal = failures.first(where: \.isFatal) { return fatal.asConnectionLost }
            guard alive, flush(&state), PQstatus(pg) == CONNECTION_OK else {
                return connectionError(state)
            }
            if state.flying.isEmpty { state.cancelStarted = nil }
            state.hears(state.flying.isEmpty ? nil : .now)
            if state.cancelsRunning > 0 {
                state.held += finished
                finished = []
            }
            isIdle = wasBusy && state.isShared && state.flying.isEmpty
            return nil
        }
        // The connection is given to the next caller before the last ones are told.
        if isIdle { events.idle(self) }
        if let slow = events.slow, !finished.isEmpty { slow.look(at: finished) }
        for segment in finished { segment.completion(segment.outcome) }
        if let failure { lose(failure) }
    }

    /// Takes the results that have arrived in full.
    private func collect(_ state: inout State) -> [FlyingSegment] {
        var finished: [FlyingSegment] = []
        var nulls = 0
        // After each statement's result the library answers one NULL; two in a row mean that it
        // has nothing more, whatever was expected.
        while !state.flying.isEmpty, nulls < 2, PQisBusy(pg) == 0 {
            guard let result = PQgetResult(pg) else {
                nulls += 1
                continue
            }
            nulls = 0
            switch PQresultStatus(result) {
            case PGRES_PIPELINE_SYNC:
                PQclear(result)
                if let segment = state.flying.popFirst() { finished.append(segment) }
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                // The library would answer this for ever.
                PQclear(result)
                state.flying[0].outcome.failure = .copyRefused
                return finished
            default:
                state.flying[0].take(result, &state.cache)
            }
        }
        return finished
    }

    // MARK: Ending

    /// Asks the server to cancel what is in flight, on a thread of its own.
    /// - Parameter limit: only if an earlier cancel request has had no effect for this long: one
    ///   that reaches the server before the statement does is lost there.
    func cancelInFlight(ifStuckFor limit: Duration? = nil) {
        let handle = state.withLock { state -> CancelHandle? in
            if let limit {
                guard let started = state.cancelStarted, started.duration(to: .now) > limit
                else { return nil }
            }
            guard !state.isClosed, !state.flying.isEmpty, state.cancelsRunning == 0,
                let cancel = PQgetCancel(pg)
            else { return nil }
            state.cancelsRunning += 1
            state.cancelStarted = state.cancelStarted ?? .now
            state.mayMeetCancel = true
            return CancelHandle(cancel)
        }
        guard let handle else { return }
        BlockingThread.run {
            handle.send()
            let held = self.state.withLock { state -> [FlyingSegment] in
                state.cancelsRunning -= 1
                defer { state.held = [] }
                return state.held
            }
            for segment in held { segment.completion(segment.outcome) }
        }
    }

    /// Whether a cancel request was sent since this was last asked.
    func takeMayMeetCancel() -> Bool {
        state.withLock { state in
            defer { state.mayMeetCancel = false }
            return state.mayMeetCancel && !state.isClosed
        }
    }

    /// Whether a cancel request has had no effect for this long.
    func isStuckCancelling(for limit: Duration) -> Bool {
        state.withLock { state in
            guard let started = state.cancelStarted, !state.isClosed else { return false }
            return started.duration(to: .now) > limit
        }
    }

    /// Whether there has been no answer since `limit`.
    func isSilent(since limit: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            !state.isClosed && state.silentSince.map { $0 <= limit } ?? false
        }
    }

    /// Whether there is work on it, and something has come since `limit`.
    func isHeard(since limit: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            !state.isClosed && state.silentSince.map { $0 > limit } ?? false
        }
    }

    /// What to ask the server about; nil if there is no reason to, or not yet again.
    func suspect(since limit: ContinuousClock.Instant, _ now: ContinuousClock.Instant) -> Suspect? {
        state.withLock { state in
            guard !state.isClosed, let since = state.silentSince, since <= limit,
                state.nextInquiry.map({ $0 <= now }) ?? true
            else { return nil }
            return Suspect(connection: self, process: process, silentSince: since)
        }
    }

    /// What the server has said about the connection.
    /// - Returns: whether it is given up.
    func settle(_ suspect: Suspect, isDead: Bool) -> Bool {
        let mustEnd = state.withLock { state in
            guard state.silentSince == suspect.silentSince else { return false }
            // A long statement is asked after less and less often.
            state.nextInquiry = .now.advanced(by: suspect.silentSince.duration(to: .now))
            return isDead
        }
        if mustEnd {
            lose(PostgresError(.connectionLost, "the server does not know of the work on it"))
        }
        return mustEnd
    }

    /// Closes the connection; what is in flight fails with `error`, and the pool is told.
    func lose(_ error: PostgresError) {
        guard end(error) else { return }
        events.lost(self, error)
    }

    /// Closes the connection without telling the pool.
    func close() {
        _ = end(PostgresError(.poolClosed, "the connection was closed"))
    }

    private func end(_ error: PostgresError) -> Bool {
        var orphans: [FlyingSegment] = []
        let wasOpen = state.withLock { state -> Bool in
            orphans = state.held
            state.held = []
            for var segment in state.flying {
                segment.lose(error)
                orphans.append(segment)
            }
            state.flying.removeAll()
            guard !state.isClosed else { return false }
            state.isClosed = true
            loop.remove(id: id, descriptor: descriptor)
            PQfinish(pg)
            return true
        }
        for segment in orphans { segment.completion(segment.outcome) }
        return wasOpen
    }

    /// Why the library gave up.
    private func connectionError(_ state: borrowing State) -> PostgresError {
        let text = state.isClosed ? "" : PQerrorMessage(pg).map { String(cString: $0) } ?? ""
        return PostgresError(.connectionLost, PostgresError.oneLine(text, else: "connection lost"))
    }
}

extension Connection.State {
    /// Something has come, or been sent: what comes next is waited for from now on.
    fileprivate mutating func hears(_ now: ContinuousClock.Instant?) {
        silentSince = now
        nextInquiry = nil
    }
}

extension PostgresError {
    fileprivate static var copyRefused: PostgresError {
        var error = PostgresError(.invalidStatement, "COPY cannot be used through the pool")
        error.isFatal = true
        return error
    }

    /// The server's last words, as the loss of the connection that they are.
    var asConnectionLost: PostgresError {
        var copy = self
        if kind == .server { copy.kind = .connectionLost }
        return copy
    }
}

extension FlyingSegment {
    /// Takes the result of the next step.
    fileprivate mutating func take(_ result: OpaquePointer, _ cache: inout StatementCache) {
        let step: Step? = next < steps.count ? steps[next] : nil
        next += 1
        let status = PQresultStatus(result)
        let succeeded =
            status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK
            || status == PGRES_EMPTY_QUERY
        if case .prepare(let sql) = step { cache.settle(sql, succeeded: succeeded) }
        if succeeded, case .keep(let sql) = step {
            outcome.results.append(Rows(ResultBox(result, sql: sql)))
            return
        }
        defer { PQclear(result) }
        guard !succeeded, status != PGRES_PIPELINE_ABORTED else { return }
        let error = PostgresError(result: result)
        // Without a code it is the library that speaks: the loss of the connection shows later.
        guard error.sqlState != nil else { return }
        if error.isStalePlan, let step { cache.settle(step.sql, succeeded: false) }
        if outcome.failure == nil || error.isFatal {
            outcome.failure = step.map { error.named($0.sql) } ?? error
        }
    }
}
