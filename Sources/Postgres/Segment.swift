/// Everything sent up to one synchronisation point. Outside an explicit transaction the server
/// runs it as one transaction: all of it takes effect, or nothing.
struct Segment: Sendable {
    /// Statements whose rows nobody asked for, such as `BEGIN` and settings.
    var prelude: [SQL]
    /// Statements whose rows are kept.
    var statements: [SQL]
    /// Whether the statements may be prepared and kept.
    var usesCache = true
    /// Called once, without any lock held, when the outcome is known.
    var completion: @Sendable (SegmentOutcome) -> Void
}

/// How a segment ended.
struct SegmentOutcome: Sendable {
    /// The rows of each statement that ran, in order.
    var results: [Rows] = []
    /// The first failure; the statements after it did not run.
    var failure: PostgresError?
    /// Whether the connection ended before the synchronisation point.
    var isLost = false
    /// Whether the segment may have taken effect although the connection was lost.
    var isUnknown = false
    /// Whether nothing was sent, because the connection was closed already.
    var isUnsent = false
}

/// A segment on its way.
struct FlyingSegment {
    enum Step {
        /// Prepares the statement of the next step.
        case prepare(SQL)
        /// Runs a statement and drops its rows.
        case drop(SQL)
        /// Runs a statement and keeps its rows.
        case keep(SQL)

        var sql: SQL {
            switch self {
            case .prepare(let sql), .drop(let sql), .keep(let sql): sql
            }
        }
    }

    let number: UInt64
    var steps: [Step] = []
    /// The step whose result comes next.
    var next = 0
    var outcome = SegmentOutcome()
    /// When it was sent, if somebody wants to know.
    var sentAt: ContinuousClock.Instant?
    let completion: @Sendable (SegmentOutcome) -> Void

    init(number: UInt64, completion: @escaping @Sendable (SegmentOutcome) -> Void) {
        self.number = number
        self.completion = completion
    }

    /// Ends the segment because its connection is gone.
    mutating func lose(_ error: PostgresError) {
        // A server that refused a statement cannot have committed, because the commit comes after
        // the last one. A pooler's word on the matter is worth nothing: it may have lost the
        // server while that committed.
        let wasRefused = outcome.failure?.isFromServer == true && next <= steps.count
        outcome.isUnknown = !wasRefused && !outcome.isUnsent
        outcome.isLost = true
        if outcome.failure == nil || outcome.failure?.isFatal == true { outcome.failure = error }
    }
}
