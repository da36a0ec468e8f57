extension Pool {
    /// When the work that the current task does must have ended; nil for no such time. Callers wait
    /// no longer for a connection. Tasks that outlive the work must set it anew.
    @TaskLocal public static var deadline: ContinuousClock.Instant?

    /// Until when somebody who comes at `now` waits for a connection.
    func patience(from now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        let own = now.advanced(by: configuration.acquireTimeout)
        return Self.deadline.map { min($0, own) } ?? own
    }

    static var tooLate: PostgresError {
        PostgresError(.poolTimeout, "the work should have ended before it asked for a connection")
    }
}
