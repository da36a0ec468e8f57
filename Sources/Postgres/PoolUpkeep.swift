import Logging
import Synchronization

extension Pool {
    /// How often the event loop looks after deadlines and idle connections, at the least.
    private static let longestTick = Duration.milliseconds(250)
    /// How many attempts to open a connection may be under way.
    private static let openerLimit = 10
    /// How long a cancel request may have no effect before it is sent again.
    private static let cancelPatience = Duration.milliseconds(300)

    /// Opens the pool.
    ///
    /// It returns when the first connection is open; the others follow in the background.
    /// - Throws: `PostgresError` of kind `.connectFailed` with the reason when there is none. The
    ///   pool may then be started again.
    public func start() async throws {
        guard let loop else {
            throw PostgresError(.connectFailed, "no descriptors left for the event loop")
        }
        let slot = Resumable<Void>()
        let isFirst = core.withLock { core -> Bool? in
            guard core.phase == .fresh, core.startWaiters.isEmpty else { return nil }
            core.startWaiters.append(slot)
            return true
        }
        guard isFirst != nil else {
            throw PostgresError(.misuse, "the pool was started before")
        }
        openMissing()
        try await withUnsafeThrowingContinuation { continuation in
            _ = slot.attach(continuation)
        }
        core.withLock { core in
            if core.phase == .fresh { core.phase = .running }
        }
        loop.start { [weak self] in self?.tick() ?? Self.longestTick }
    }

    /// Refuses new callers, waits for the work under way (for `shutdownTimeout` at most), then
    /// closes the connections.
    public func shutdown() async {
        core.withLock { core in
            if core.phase == .running { core.phase = .draining }
        }
        let limit = ContinuousClock.Instant.now.advanced(by: configuration.shutdownTimeout)
        while core.withLock({ !$0.state.isQuiet }), .now < limit, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(5))
        }
        let (connections, waiting) = core.withLock { core in
            core.phase = .closed
            defer { core.connections = [:] }
            return (Array(core.connections.values), core.state.removeAllWaiting())
        }
        let error = PostgresError(.poolClosed, "the pool is shut down")
        for unit in waiting.reads { unit.slot.finish(.failure(error)) }
        for unit in waiting.leases { unit.slot.finish(.failure(error)) }
        for connection in connections {
            connection.close()
            core.withLock { $0.state.remove(connection: connection.id) }
        }
        loop?.stop()
    }

    // MARK: Opening

    /// Opens what is missing, on a thread of its own, one connection after the other, with growing
    /// pauses while it fails.
    func openMissing() {
        let opener = core.withLock { core in
            core.openers.isEmpty ? addOpener(&core) : nil
        }
        if let opener { BlockingThread.run { self.openUntilFull(opener, rotatedBy: 0) } }
    }

    /// Makes another attempt beside those that hang, as where a host does not answer.
    private func openBeside(_ now: ContinuousClock.Instant) {
        let limit = now.advanced(by: .zero - configuration.openingPatience)
        let (opener, others) = core.withLock { core -> (Int?, Int) in
            let others = core.openers.count
            guard others > 0, others < Self.openerLimit,
                core.openers.values.allSatisfy({ $0 <= limit })
            else { return (nil, 0) }
            return (addOpener(&core), others)
        }
        if let opener { BlockingThread.run { self.openUntilFull(opener, rotatedBy: others) } }
    }

    private func addOpener(_ core: inout Core) -> Int? {
        guard core.phase == .running || core.phase == .draining || !core.startWaiters.isEmpty,
            core.state.count < core.state.size
        else { return nil }
        core.nextOpener += 1
        core.openers[core.nextOpener] = .now
        return core.nextOpener
    }

    /// - Parameter rotation: with which of the URL's hosts to begin.
    private func openUntilFull(_ opener: Int, rotatedBy rotation: Int) {
        var failures = 0
        while true {
            do {
                try openOne(rotatedBy: rotation)
                failures = 0
            } catch {
                failures += 1
                if openingFailed(error, times: failures) { return }
                // One goes on trying; the pause is no attempt that hangs.
                let isLast = core.withLock { core in
                    guard core.openers.count == 1 else {
                        core.openers[opener] = nil
                        return false
                    }
                    core.openers[opener] = .now.advanced(by: .seconds(1))
                    return true
                }
                guard isLast else { return }
                let ceiling = min(250, 25 << min(failures, 5))
                BlockingThread.sleep(.milliseconds(Int.random(in: ceiling / 2...ceiling)))
            }
            let isDone = core.withLock { core in
                let isDone = core.phase == .closed || core.state.count >= core.state.size
                core.openers[opener] = isDone ? nil : .now
                return isDone
            }
            if isDone { return }
        }
    }

    private func openOne(rotatedBy rotation: Int) throws {
        guard let loop else { return }
        let hosts = core.withLock { $0.hosts?.rotated(by: rotation) }
        let opened = try OpenedConnection.open(
            url: configuration.url, connectTimeout: configuration.connectTimeout,
            applicationName: configuration.applicationName, hosts: hosts)
        core.withLock { $0.hosts?.prefer(hostOf: opened.pg) }
        let id = core.withLock { core in
            defer { core.nextID += 1 }
            return core.nextID
        }
        let connection = try Connection(
            id: id, opened: opened,
            statementLimit: configuration.preparedStatements
                ? configuration.preparedStatementLimit : 0,
            loop: loop,
            events: Connection.Events(
                idle: { [weak self] in self?.release($0) },
                lost: { [weak self] in self?.lost($0, $1) },
                slow: slowStatements))
        let jitter = Double.random(in: 0...max(0, min(1, configuration.lifetimeJitter)))
        let now = ContinuousClock.Instant.now
        let (isClosed, waiters) = update { core in
            // Another attempt may have been faster.
            guard core.phase != .closed, core.state.count < core.state.size else {
                return (true, [Resumable<Void>]())
            }
            core.lastFailure = nil
            core.connections[id] = connection
            core.state.add(
                connection: id, now: now,
                expires: now.advanced(by: configuration.maxLifetime * (1 - jitter)))
            defer { core.startWaiters = [] }
            return (false, core.startWaiters)
        }
        if isClosed { connection.close() }
        for waiter in waiters { waiter.finish(.success(())) }
    }

    /// Notes a failed attempt.
    /// - Returns: whether to give up: `start` reports the failure instead of trying again.
    private func openingFailed(_ error: any Error, times: Int) -> Bool {
        let failure = error as? PostgresError
        let waiters = core.withLock { core in
            core.lastFailure = failure
            defer { core.startWaiters = [] }
            if !core.startWaiters.isEmpty { core.openers = [:] }
            return core.startWaiters
        }
        if waiters.isEmpty, times == 1 || times.isMultiple(of: 20) {
            logger.warning(
                "cannot connect to the database",
                metadata: ["error": "\(error)", "attempts": "\(times)"])
        }
        for waiter in waiters { waiter.finish(.failure(error)) }
        return !waiters.isEmpty
    }

    private func lost(_ connection: Connection, _ error: PostgresError) {
        forget(connection)
        logger.warning("a database connection was lost", metadata: ["error": "\(error)"])
        openMissing()
    }

    /// When one connection is lost with work on it, the server may have restarted and the idle ones
    /// be as dead: work that is tried again must not meet another of them.
    func replaceIdle() {
        let connections = core.withLock { core in
            core.state.takeIdle().compactMap { core.connections.removeValue(forKey: $0) }
        }
        for connection in connections { connection.close() }
        openMissing()
    }

    /// A host took no writes. Another one may have taken its place: connections are opened anew, to
    /// whichever does, but not time and again.
    func replaceReadOnly(_ connection: Connection) {
        let isDue = core.withLock { core in
            let now = ContinuousClock.Instant.now
            guard core.lastExchange.map({ $0.duration(to: now) > .milliseconds(500) }) ?? true
            else { return false }
            core.lastExchange = now
            return true
        }
        guard isDue else { return release(connection) }
        discard(connection)
        replaceIdle()
    }

    // MARK: The tick (on the event loop's thread)

    private func tick() -> Duration {
        // Reads that are gathered go first: the task that would send them may be held up, and
        // nobody gives up while a connection is idle.
        update { $0.gatheringSince = nil }
        let now = ContinuousClock.Instant.now
        let expired = core.withLock { $0.state.expire(at: now) }
        if !expired.reads.isEmpty || !expired.leases.isEmpty {
            let error = timeoutError()
            for unit in expired.reads { unit.slot.finish(.failure(error)) }
            for unit in expired.leases { unit.slot.finish(.failure(error)) }
        }
        closeExpired(now)
        checkIdle(now)
        endStuck(now)
        openBeside(now)
        inquire(now)
        endSilent(now)
        let next = core.withLock { $0.state.nextDeadline }
        let longest = min(
            Self.longestTick, configuration.acquireTimeout / 4, configuration.answerTimeout / 4)
        return max(.milliseconds(1), min(longest, next.map { now.duration(to: $0) } ?? longest))
    }

    private func closeExpired(_ now: ContinuousClock.Instant) {
        let connection = core.withLock { core in
            core.state.takeExpired(now: now).flatMap { core.connections.removeValue(forKey: $0) }
        }
        guard let connection else { return }
        connection.close()
        openMissing()
    }

    private func checkIdle(_ now: ContinuousClock.Instant) {
        let limit = now.advanced(by: .zero - configuration.idleCheckInterval)
        while true {
            let connection = core.withLock { core in
                core.state.takeForCheck(unusedSince: limit, now: now)
                    .flatMap { core.connections[$0] }
            }
            guard let connection else { return }
            let segment = Segment(prelude: [SQL.ping], statements: []) { _ in }
            connection.submit([segment], isShared: true)
        }
    }

    private func endStuck(_ now: ContinuousClock.Instant) {
        let limit = now.advanced(by: .zero - configuration.answerTimeout)
        let (stuck, all) = core.withLock { core in
            let stuck = core.state.stuckChecks(since: limit)
            return (stuck.compactMap { core.connections[$0] }, Array(core.connections.values))
        }
        let cancelling = all.filter { $0.isStuckCancelling(for: configuration.answerTimeout) }
        for connection in stuck + cancelling {
            connection.lose(PostgresError(.connectionLost, "the server does not answer"))
        }
        for connection in all { connection.cancelInFlight(ifStuckFor: Self.cancelPatience) }
    }
}
