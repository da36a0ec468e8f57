package import Logging
package import Postgres
import Synchronization
import Telemetry

/// A hot standby from which queries are read while it follows the primary closely enough.
///
/// The primary's place in its log is asked every quarter of a second. A read takes with it a look
/// at how far its own server is, and counts only if that is as far as the primary was `maxLag` ago
/// and, if this process has written in the tenant since, after that. Otherwise, and whenever the
/// standby fails, the primary is read.
package final class Standby: Sendable {
    private struct State {
        /// Nil while there is no standby that can be used, but for its lag.
        var pool: Pool?
        var history: PrimaryHistory
        /// How far the standby was when it was last heard of.
        var replayed: Int64 = 0
        /// Whether reads are sent.
        var isInUse = false
        var nextAttempt = ContinuousClock.now
        /// What the log was told: whether it is in use.
        var told: Bool?
    }

    /// How often primary and standby are looked at.
    static let interval = Duration.milliseconds(250)
    /// How long a standby that failed is left alone.
    private static let pause = Duration.seconds(1)
    /// How long a look at it may take.
    private static let patience = Duration.milliseconds(1500)

    private let primary: Pool
    private let configuration: PoolConfiguration
    private let logger: Logger
    private let state: Mutex<State>
    private let readsHere = Atomic(0)
    private let readsFromPrimary = Atomic(0)

    /// - Parameters:
    ///   - configuration: with the standby's URL. The time-outs that are a standby's, for which
    ///     there is another server to ask, are set here.
    ///   - maxLag: how old what a query is answered may be.
    package init(
        _ configuration: PoolConfiguration, maxLag: Duration, primary: Pool, logger: Logger
    ) {
        var configuration = configuration
        configuration.acquireTimeout = min(configuration.acquireTimeout, .seconds(1))
        configuration.connectTimeout = .seconds(2)
        configuration.shutdownTimeout = .zero
        self.configuration = configuration
        self.primary = primary
        var logger = logger
        logger[metadataKey: "server"] = "standby"
        self.logger = logger
        state = Mutex(State(history: PrimaryHistory(maxLag: maxLag)))
    }

    /// Closes its connections; reads come from the primary from then on.
    package func close() async {
        await state.withLock { state in
            defer { (state.pool, state.isInUse) = (nil, false) }
            return state.pool
        }?.shutdown()
    }

    // MARK: Looking after it

    /// The work that keeps what is known of both up to date.
    func worker(logger: Logger) -> Worker {
        Worker("standby", every: Self.interval, logger: logger) { _ in
            try await self.look()
            return .nothing
        }
    }

    /// Asks the primary and the standby how far they are.
    /// - Returns: why the standby is not read from; nil if it is, or there is nothing new.
    /// - Throws: `PostgresError` if the primary cannot tell.
    @discardableResult
    package func look() async throws -> StandbyProblem? {
        let asked = ContinuousClock.now
        let place = try await LogPlace.ofPrimary(primary)
        let isDue = state.withLock { state in
            state.history.add(place, asked: asked)
            return state.pool != nil || state.nextAttempt <= asked
        }
        guard isDue else { return nil }
        do {
            try await follow(place)
            return nil
        } catch let problem as StandbyProblem {
            return await giveUp(problem)
        } catch let error as CancellationError {
            throw error
        } catch {
            return await giveUp(.cannotBeReached(error))
        }
    }

    private func follow(_ primary: LogPlace) async throws {
        let pool = try await connected()
        let place = try await Self.patiently {
            try await StandbyProblem.checkPlace(of: pool, behind: primary)
        }
        let now = ContinuousClock.now
        let lag = state.withLock { state in
            state.replayed = place.position
            let required = state.history.required(now: now, writtenIn: nil)
            state.isInUse = required.map { place.position >= $0 } ?? false
            let lag = state.history.lag(at: place.position, now: now)
            // In the first moments nothing is known that is old enough.
            return state.isInUse || lag < state.history.maxLag ? nil : lag
        }
        if let lag { throw StandbyProblem.lags(lag) }
        if state.withLock(\.isInUse) { tell(nil) }
    }

    private func connected() async throws -> Pool {
        if let pool = state.withLock(\.pool) { return pool }
        let pool = Pool(configuration, logger: logger)
        do {
            try await pool.start()
            try await Self.patiently { try await StandbyProblem.checkContents(of: pool) }
        } catch {
            await pool.shutdown()
            throw error
        }
        state.withLock { $0.pool = pool }
        return pool
    }

    /// Reads come from the primary. Unless it only lags, its connections are closed, which ends
    /// reads under way, and opened anew later, perhaps to another of the URL's hosts.
    private func giveUp(_ problem: StandbyProblem) async -> StandbyProblem {
        let isLag = if case .lags = problem { true } else { false }
        let pool = state.withLock { state in
            state.isInUse = false
            guard !isLag else { return nil as Pool? }
            state.nextAttempt = .now + Self.pause
            defer { state.pool = nil }
            return state.pool
        }
        tell(problem)
        await pool?.shutdown()
        return problem
    }

    /// Says in the log what has changed.
    private func tell(_ problem: StandbyProblem?) {
        let isNew = state.withLock { state in
            defer { state.told = problem == nil }
            return state.told != (problem == nil)
        }
        guard isNew else { return }
        if let problem {
            logger.warning(
                "Queries are read from the primary alone", metadata: ["reason": "\(problem)"])
        } else {
            logger.info("Queries are read from the standby")
        }
    }

    private static func patiently<Answer: Sendable>(
        _ body: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: patience)
                throw StandbyProblem.doesNotAnswer
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw StandbyProblem.doesNotAnswer }
            return answer
        }
    }

    // MARK: Reading

    /// This process has committed something in a tenant, which its own queries must show.
    func noteWrite(in tenant: TenantID) {
        state.withLock { $0.history.noteWrite(in: tenant, now: .now) }
    }

    /// Reads as `tenant` for the query under way.
    /// - Returns: nil if the primary is to be asked.
    /// - Throws: `PostgresError` if it took too long, `CancellationError`.
    func read(
        _ statement: SQL, as tenant: TenantID, settings: [LocalSetting]
    ) async throws -> Rows? {
        guard let query = QueryReads.current else { return nil }
        if query.mayContinue, let (pool, required) = choose(tenant, query),
            let rows = try await read(statement, settings, pool, required)
        {
            readsHere.add(1, ordering: .relaxed)
            return rows
        }
        query.goOnWithPrimary()
        readsFromPrimary.add(1, ordering: .relaxed)
        return nil
    }

    private func choose(_ tenant: TenantID, _ query: QueryReads) -> (Pool, required: Int64)? {
        state.withLock { state in
            guard state.isInUse, let pool = state.pool,
                let required = state.history.required(
                    now: .now, writtenIn: query.isReadOnly ? nil : tenant),
                state.replayed >= required
            else { return nil }
            return (pool, required)
        }
    }

    private func read(
        _ statement: SQL, _ settings: [LocalSetting], _ pool: Pool, _ required: Int64
    ) async throws -> Rows? {
        do {
            // In one transaction on one connection, since others may lead to other standbys.
            let answers = try await pool.read([Self.replayed, statement], settings: settings)
            guard answers.count == 2,
                let replayed: Int64 = try answers[0].first?.decode("replayed")
            else { return nil }
            state.withLock { $0.replayed = replayed }
            return replayed >= required ? answers[1] : nil
        } catch let error as CancellationError {
            throw error
        } catch let error as PostgresError where error.sqlState == "57014" {
            throw error
        } catch {
            // Until it is looked at again.
            if isUnavailability(error) { state.withLock { $0.isInUse = false } }
            return nil
        }
    }

    /// How far the connection's server is; a statement after it sees no less.
    private static let replayed: SQL = """
        -- standby.replayed
        select case when pg_is_in_recovery()
            then (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint else -1
        end as replayed
        """

    // MARK: Metrics

    var samples: [MetricSample] {
        let (isInUse, lag) = state.withLock { state in
            (state.isInUse, state.history.lag(at: state.replayed, now: .now))
        }
        return [
            MetricSample("hazina_standby_in_use", isInUse ? 1 : 0),
            MetricSample("hazina_standby_lag_seconds", lag / .seconds(1)),
            MetricSample(
                "hazina_query_reads_total", readsHere.load(ordering: .relaxed),
                ("server", "standby")),
            MetricSample(
                "hazina_query_reads_total", readsFromPrimary.load(ordering: .relaxed),
                ("server", "primary")),
        ]
    }
}
