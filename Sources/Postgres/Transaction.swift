import Synchronization
import Tracing

/// A transaction under way on a connection of its own; valid inside `Pool.transaction`'s body only,
/// and
/// for one task at a time: use `pipeline` for statements that shall travel together.
public struct Transaction: Sendable {
    let context: TransactionContext

    /// Runs a statement and returns its rows.
    /// - Throws: `PostgresError`, or `CancellationError`. After a failed statement the transaction
    ///   can only be rolled back.
    @discardableResult
    public func query(_ sql: SQL) async throws -> Rows {
        guard let rows = try await context.run([sql]).first else {
            throw PostgresError(.decoding, "no answer to the statement").named(sql)
        }
        return rows
    }

    /// Runs a statement and returns how many rows it touched.
    @discardableResult
    public func execute(_ sql: SQL) async throws -> Int {
        try await query(sql).affectedRows
    }

    /// Runs statements in one round trip; the ones after a failed one do not run.
    @discardableResult
    public func pipeline(_ statements: [SQL]) async throws -> [Rows] {
        try await context.run(statements)
    }

    /// Settings from the next statement on until the transaction ends; they travel with it.
    public func set(_ settings: [LocalSetting]) async throws {
        try context.add(settings)
    }
}

/// The state of one attempt at a transaction.
final class TransactionContext: Sendable {
    private struct State {
        /// Whether `BEGIN` has been sent.
        var hasBegun = false
        var hasEnded = false
        /// Whether a statement is under way: a second one could overtake `BEGIN`.
        var isBusy = false
        var pendingSettings: [LocalSetting]
        var firstFailure: PostgresError?
        /// Whether the connection was closed before anything was sent on it.
        var wasUnsent = false
    }

    private let connection: Connection
    private let counter: StatementCounter
    private let tracer: (any Tracer)?
    private let begin: SQL
    private let state: Mutex<State>

    init(
        _ connection: Connection, settings: [LocalSetting], isolation: Isolation,
        counter: StatementCounter, tracer: (any Tracer)?
    ) {
        self.connection = connection
        self.counter = counter
        self.tracer = tracer
        begin = SQL(unescaped: "begin isolation level \(isolation.rawValue)")
        state = Mutex(State(pendingSettings: settings))
    }

    /// The first failed statement's.
    var failure: PostgresError? { state.withLock { $0.firstFailure } }

    /// Whether another attempt may succeed where this one failed.
    func mayRetry(after error: any Error) -> Bool {
        let failures = [error as? PostgresError, state.withLock { $0.firstFailure }]
        let isTransient = failures.contains { $0?.isRetryable == true || $0?.isStalePlan == true }
        return isTransient || state.withLock { $0.wasUnsent }
    }

    /// Whether it met a lock that did not come free in time.
    func isLocked(_ error: any Error) -> Bool {
        (error as? PostgresError)?.isLocked == true || failure?.isLocked == true
    }

    func add(_ settings: [LocalSetting]) throws {
        try state.withLock { state in
            guard !state.hasEnded else { throw Self.ended }
            state.pendingSettings += settings
        }
    }

    func run(_ statements: [SQL]) async throws -> [Rows] {
        guard !statements.isEmpty else { return [] }
        for sql in statements { try sql.validate() }
        try Task.checkCancellation()
        let prelude = try state.withLock { state -> [SQL] in
            guard !state.hasEnded else { throw Self.ended }
            guard !state.isBusy else { throw Self.shared }
            defer {
                state.isBusy = true
                state.hasBegun = true
                state.pendingSettings = []
            }
            return (state.hasBegun ? [] : [begin]) + SQL.settings(state.pendingSettings)
        }
        counter.add(statements.count)
        let spans = StatementSpans(statements, tracer)
        let outcome = await connection.run(prelude: prelude, statements, isCancellable: true)
        spans.end(outcome.failure)
        state.withLock { $0.isBusy = false }
        guard let failure = outcome.failure else { return outcome.results }
        state.withLock { state in
            if state.firstFailure == nil {
                state.firstFailure = failure
                state.wasUnsent = outcome.isUnsent && !prelude.isEmpty
            }
        }
        throw outcome.error(committing: false)
    }

    func commit() async throws {
        guard end() else { return }
        let spans = StatementSpans(["commit"], tracer)
        let outcome = await connection.run(["commit"], isCancellable: false)
        spans.end(outcome.failure)
        switch outcome.results.first?.commandTag {
        case "COMMIT":
            return  // also when the connection was lost right after
        case nil:
            throw outcome.error(committing: true)
        default:
            // The server answers the commit of a failed transaction with a rollback, not an error.
            throw state.withLock { $0.firstFailure }
                ?? PostgresError(.misuse, "the transaction was rolled back")
        }
    }

    func rollback() async {
        guard end() else { return }
        for _ in 0..<3 {
            let outcome = await connection.run(["rollback"], isCancellable: false)
            // A cancel request that came late hits the roll-back instead.
            if outcome.failure?.sqlState != "57014" { return }
        }
    }

    /// - Returns: whether there is a transaction to end on the server.
    private func end() -> Bool {
        state.withLock { state in
            defer { state.hasEnded = true }
            return state.hasBegun && !state.hasEnded
        }
    }

    private static var ended: PostgresError {
        PostgresError(.misuse, "the transaction has ended")
    }

    private static var shared: PostgresError {
        PostgresError(.misuse, "the transaction is used by two tasks at once")
    }
}

extension Pool {
    /// See `transaction(settings:isolation:attempts:_:)`.
    func transactUntraced<Value: Sendable>(
        _ settings: [LocalSetting], _ isolation: Isolation, _ attempts: Int,
        _ body: (Transaction) async throws -> Value
    ) async throws -> Value {
        let settings = settings + lockSettings
        var attempt = 1
        var locked = LockedWork()
        while true {
            let connection = try await lease()
            let context = TransactionContext(
                connection, settings: settings, isolation: isolation, counter: statements,
                tracer: tracer)
            do {
                let value = try await body(Transaction(context: context))
                try await context.commit()
                await giveBack(connection)
                return value
            } catch {
                await context.rollback()
                await giveBack(connection, after: context.failure)
                if context.isLocked(error), try await locked.giveWay(configuration) { continue }
                guard context.mayRetry(after: error), attempt < attempts, !Task.isCancelled
                else { throw error }
            }
            try await Backoff.pause(beforeAttempt: attempt)
            attempt += 1
        }
    }
}
