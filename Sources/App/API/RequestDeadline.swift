import Postgres

/// The time by which a request is to be answered, known to all that is done for it: nobody waits
/// for a connection, and no statement runs, much longer.
package enum RequestDeadline {
    /// Does `body` by `deadline`; nil for no such time.
    package static func by<Result>(
        _ deadline: ContinuousClock.Instant?, _ body: () async throws -> Result
    ) async rethrows -> Result {
        try await Pool.$deadline.withValue(deadline, operation: body)
    }

    /// Starts a task that outlives the request it is started in, and does not depend on its key.
    /// - Parameter executor: what it runs on; nil for the default.
    @discardableResult
    static func outliving(
        on executor: (any TaskExecutor)? = nil, _ body: @escaping @Sendable () async -> Void
    ) -> Task<Void, Never> {
        Pool.$deadline.withValue(nil) {
            RecalledKey.$current.withValue(nil) {
                Task(executorPreference: executor) { await body() }
            }
        }
    }
}
