public import Logging
import Synchronization

/// A bounded set of connections to one database, shared by any number of tasks.
///
/// Read-only units go to *shared* connections: many are under way on one connection at a time, each
/// in one round trip. Whatever writes, or takes several round trips, *leases* a connection
/// for itself, or for those that follow it in a lane (`WriteLanes`). Callers wait in the order in
/// which they came, for `acquireTimeout` at most.
///
/// Shut it down when it is no longer needed; it has threads of its own.
///
/// The pool leaves no state in a session, so it works through a pooler in transaction mode.
public final class Pool: Sendable {
    enum Phase {
        case fresh
        case running
        /// No new callers; those who wait are served.
        case draining
        case closed
    }

    /// What the lock protects.
    struct Core {
        var phase = Phase.fresh
        var state: PoolState<ReadUnit, LeaseUnit>
        var connections: [Int: Connection] = [:]
        var nextID = 1
        /// Threads that open connections, with the time at which the attempt under way began.
        var openers: [Int: ContinuousClock.Instant] = [:]
        var nextOpener = 0
        /// The URL's hosts, the one found last in front.
        var hosts: HostOrder?
        /// Inquiries under way, when the last one began and the next one may, and how long after
        /// one that found nothing dead.
        var inquiries = 0
        var lastInquiry: ContinuousClock.Instant?
        var nextInquiry: ContinuousClock.Instant?
        var inquiryPause = Duration.milliseconds(500)
        /// When connections were last thrown away because their host took no writes.
        var lastExchange: ContinuousClock.Instant?
        /// Since when reads are gathered that come at about the same time; nil when none are.
        var gatheringSince: ContinuousClock.Instant?
        var startWaiters: [Resumable<Void>] = []
        /// Why the last attempt to open a connection failed; `nil` after a success.
        var lastFailure: PostgresError?
    }

    /// Something to do once the lock is free.
    enum Action {
        case send([ReadUnit], Connection)
        case grant(LeaseUnit, Connection)
    }

    let configuration: PoolConfiguration
    let logger: Logger
    let loop: EventLoop?
    let core: Mutex<Core>
    let statements = StatementCounter()
    let metrics = PoolMetrics()

    /// A pool that is not connected yet; see `start`.
    public init(_ configuration: PoolConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        loop = try? EventLoop()
        let state = PoolState<ReadUnit, LeaseUnit>(
            size: configuration.size, maxWaiters: configuration.maxWaiters)
        core = Mutex(Core(state: state, hosts: HostOrder(url: configuration.url)))
    }

    deinit {
        for connection in core.withLock({ $0.connections.values }) { connection.close() }
        loop?.stop()
    }

    /// How many statements callers have sent so far, settings and transaction control aside.
    public var statementCount: Int { statements.count }

    /// How many connections it may have.
    public var size: Int { configuration.size }

    /// Runs tasks on the thread that receives the database's answers: for those that send one
    /// transaction after the other and do little in between, since they hold up all answers.
    public var executor: (any TaskExecutor)? { loop }

    /// What the pool is doing now.
    public var status: PoolStatus {
        core.withLock { core in
            PoolStatus(
                open: core.state.count, idle: core.state.idleCount,
                reading: core.state.readingCount, leased: core.state.leasedCount,
                waiting: core.state.waiting, inFlight: core.state.inFlight)
        }
    }

    // MARK: Matching callers and connections

    /// Changes the state under the lock, then does what follows from it.
    func update<Answer>(_ change: (inout Core) -> Answer) -> Answer {
        var actions: [Action] = []
        let answer = core.withLock { core in
            let answer = change(&core)
            while let (id, work) = core.state.assign() {
                guard let connection = core.connections[id] else { continue }
                switch work {
                case .reads(let units): actions.append(.send(units, connection))
                case .lease(let lease): actions.append(.grant(lease, connection))
                }
            }
            return answer
        }
        for action in actions { perform(action) }
        return answer
    }

    private func perform(_ action: Action) {
        switch action {
        case .send(let units, let connection): send(units, on: connection)
        case .grant(let lease, let connection):
            metrics.granted(lease)
            if !lease.slot.finish(.success(connection)) { release(connection) }
        }
    }

    /// A connection is free again.
    func release(_ connection: Connection) {
        let isKept = update { core in
            guard core.phase != .closed,
                core.state.release(connection: connection.id, now: .now)
            else {
                core.state.remove(connection: connection.id)
                core.connections.removeValue(forKey: connection.id)
                return false
            }
            return true
        }
        if !isKept {
            connection.close()
            openMissing()
        }
    }

    /// A connection is not fit for another caller.
    func discard(_ connection: Connection) {
        forget(connection)
        connection.close()
        openMissing()
    }

    func forget(_ connection: Connection) {
        update { core in
            core.state.remove(connection: connection.id)
            core.connections.removeValue(forKey: connection.id)
        }
    }

    /// Why a caller cannot even queue.
    func refusal(_ core: Core) -> PostgresError? {
        switch core.phase {
        case .running: nil
        case .fresh: PostgresError(.poolClosed, "the pool was not started")
        case .draining, .closed: PostgresError(.poolClosed, "the pool is shut down")
        }
    }

    /// The error of a caller whose deadline passed.
    func timeoutError() -> PostgresError {
        let failure = core.withLock { $0.state.count == 0 ? $0.lastFailure : nil }
        var text = "no connection came free in time, \(configuration.acquireTimeout) at most"
        if let failure { text += "; the last attempt to connect failed: \(failure.message)" }
        return PostgresError(.poolTimeout, text)
    }

    var overload: PostgresError {
        PostgresError(
            .poolOverloaded, "\(configuration.maxWaiters) callers wait for a connection already")
    }
}

/// Counts the statements that a pool's callers send.
final class StatementCounter: Sendable {
    private let sent = Atomic<Int>(0)

    var count: Int { sent.load(ordering: .relaxed) }

    func add(_ count: Int) { sent.add(count, ordering: .relaxed) }
}
