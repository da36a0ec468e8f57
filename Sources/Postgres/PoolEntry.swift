public import Tracing

// What callers of a pool use: with a tracer, spans stand around what is done without one.
extension Pool {
    /// Who is told what is done in which request; `nil` if nobody is.
    public var tracer: (any Tracer)? { configuration.tracer }

    /// Runs one read-only statement; see `read(_:settings:)` for several.
    public func read(_ sql: SQL, settings: [LocalSetting] = []) async throws -> Rows {
        guard let rows = try await read([sql], settings: settings).first else {
            throw PostgresError(.decoding, "no answer to the statement").named(sql)
        }
        return rows
    }

    /// Runs read-only statements in one round trip and one transaction, on a shared connection.
    ///
    /// With settings, the transaction is made read-only for the server as well. Without, a writing
    /// statement is not refused but may run twice: never send one here. Do not send statements
    /// that wait for locks either; they hold up others behind them. Units with equal settings may
    /// share one transaction: a unit must not change settings by its own statements. What units
    /// that come together ask in the same words may be asked once.
    ///
    /// A unit whose connection is lost before the answer came is run once more on another one.
    /// When the task is cancelled, the caller resumes at once; the statement runs to its end.
    /// - Throws: `PostgresError`, or `CancellationError`.
    public func read(
        _ statements: [SQL], settings: [LocalSetting] = []
    ) async throws -> [Rows] {
        guard let tracer else { return try await readUntraced(statements, settings) }
        return try await StatementSpans.around(statements, tracer) {
            try await readUntraced(statements, settings)
        }
    }

    /// Runs a whole writing transaction in one round trip, on a leased connection: all statements
    /// take effect, or none. On serialisation failure or dead-lock it is run again, five times
    /// in all.
    ///
    /// When the task is cancelled, so are the statements; `CancellationError` is thrown if that
    /// came in time to undo them, else the result is returned. In a lane they are not cancelled.
    /// - Parameter lane: the transaction may be sent behind another one of it; nil for none.
    /// - Throws: `PostgresError`; of kind `.commitUnknown` when the connection was lost and the
    ///   transaction may have taken effect or not.
    @discardableResult
    public func write(
        _ statements: [SQL], settings: [LocalSetting] = [], lane: WriteLanes.Lane? = nil
    ) async throws -> [Rows] {
        guard let tracer else { return try await writeUntraced(statements, settings, lane) }
        return try await StatementSpans.around(statements, tracer) {
            try await writeUntraced(statements, settings, lane)
        }
    }

    /// Runs a transaction of several round trips on a leased connection.
    ///
    /// `BEGIN` and the settings travel with the first statement. The transaction is committed when
    /// `body` returns and rolled back when it throws. On serialisation failure or dead-lock the
    /// whole body is run again, `attempts` times in all: it must not have effects outside the
    /// database. Never use the pool inside the body: with all connections leased that waits for
    /// itself.
    ///
    /// When the task is cancelled, the statement under way is cancelled and the transaction rolled
    /// back before `CancellationError` is thrown. A commit under way is not cancelled.
    /// - Throws: what `body` throws, or `PostgresError`; of kind `.commitUnknown` when the
    ///   connection was lost during the commit.
    @discardableResult
    public func transaction<Value: Sendable>(
        settings: [LocalSetting] = [], isolation: Isolation = .readCommitted, attempts: Int = 5,
        _ body: (Transaction) async throws -> Value
    ) async throws -> Value {
        guard let tracer, InstrumentationContext.current != nil else {
            return try await transactUntraced(settings, isolation, attempts, body)
        }
        return try await tracer.withSpan("transaction") { _ in
            try await transactUntraced(settings, isolation, attempts, body)
        }
    }
}
