import DequeModule
import Postgres
import Synchronization

/// One transaction that all database work of a request joins, instead of having transactions of its
/// own. What would be a transaction is a savepoint in it.
final class UnitOfWork: Sendable {
    @TaskLocal static var current: UnitOfWork?
    /// Whether the task is inside one of the unit's own pieces of work.
    @TaskLocal private static var isInside = false

    private let transaction: Transaction
    private let turns = Turns()
    private let actions = Mutex<[@Sendable () -> Void]>([])

    init(_ transaction: Transaction) {
        self.transaction = transaction
    }

    func read(_ statement: SQL, settings: [LocalSetting]) async throws -> Rows {
        try await alone {
            try await transaction.set(settings)
            return try await transaction.query(statement)
        }
    }

    /// Runs `body` again after a serialisation failure or a dead-lock, of which the savepoint
    /// leaves nothing.
    func perform<Result: Sendable>(
        settings: [LocalSetting], _ body: (Transaction) async throws -> Result
    ) async throws -> Result {
        try await alone {
            var attempt = 1
            while true {
                try await transaction.query(Self.savepoint)
                do {
                    try await transaction.set(settings)
                    let result = try await body(transaction)
                    try await transaction.query(Self.release)
                    return result
                } catch {
                    // If this fails the connection is lost, and all of the unit with it.
                    _ = try? await transaction.query(Self.rollback)
                    let isRetryable = (error as? PostgresError)?.isRetryable ?? false
                    guard isRetryable, attempt < Self.attempts else { throw error }
                    attempt += 1
                }
            }
        }
    }

    func afterCommit(_ action: @escaping @Sendable () -> Void) {
        actions.withLock { $0.append(action) }
    }

    func hasCommitted() {
        for action in actions.withLock({ $0 }) { action() }
    }

    /// Fields of one level may ask at the same time; a transaction does one thing at a time.
    private func alone<Result: Sendable>(
        _ body: () async throws -> Result
    ) async throws -> Result {
        if Self.isInside { return try await body() }
        await turns.take()
        defer { turns.giveBack() }
        return try await Self.$isInside.withValue(true) { try await body() }
    }

    private static let attempts = 5
    private static let savepoint: SQL = "savepoint hazina_work"
    private static let release: SQL = "release savepoint hazina_work"
    private static let rollback: SQL = "rollback to savepoint hazina_work"
}

/// Lets one task in at a time, in the order in which they came.
private final class Turns: Sendable {
    private struct State {
        var isTaken = false
        var waiting: Deque<CheckedContinuation<Void, Never>> = []
    }

    private let state = Mutex(State())

    func take() async {
        await withCheckedContinuation { continuation in
            let isMine = state.withLock { state in
                if state.isTaken {
                    state.waiting.append(continuation)
                    return false
                }
                state.isTaken = true
                return true
            }
            if isMine { continuation.resume() }
        }
    }

    func giveBack() {
        let next = state.withLock { state in
            if state.waiting.isEmpty { state.isTaken = false }
            return state.waiting.popFirst()
        }
        next?.resume()
    }
}
