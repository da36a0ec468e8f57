import Metrics
import Logging

/// What a pool tells of its work through swift-metrics. The handles are those of the backend at the
/// time when the pool is made.
struct PoolMetrics: Sendable {
    private let leaseWait = Timer(
        label: "hazina_pool_wait_seconds", dimensions: [("kind", "lease")])
    private let readWait = Timer(
        label: "hazina_pool_wait_seconds", dimensions: [("kind", "read")])
    private let depth = Recorder(label: "hazina_pool_pipeline_depth")
    let slowStatements = Counter(label: "hazina_database_slow_statements_total")

    /// A caller gets its connection.
    func granted(_ lease: LeaseUnit) {
        leaseWait.record(duration: lease.began.duration(to: .now))
    }

    /// A burst of reads is sent.
    func sent(_ units: [ReadUnit]) {
        depth.record(units.count)
        let now = ContinuousClock.now
        for unit in units {
            readWait.record(duration: unit.began.duration(to: now))
        }
    }
}

/// Tells of round trips that took long: by the names of their statements, never by their values.
struct SlowStatements: Sendable {
    let limit: Duration
    let report: @Sendable (_ names: [String], Duration) -> Void

    /// More names than these are not told.
    private static let namesMax = 10

    func look(at segments: [FlyingSegment]) {
        let now = ContinuousClock.now
        for segment in segments {
            guard let sentAt = segment.sentAt else { continue }
            let duration = sentAt.duration(to: now)
            if duration > limit { report(segment.statementNames(atMost: Self.namesMax), duration) }
        }
    }
}

extension FlyingSegment {
    /// The names of the statements whose rows somebody waits for.
    fileprivate func statementNames(atMost limit: Int) -> [String] {
        var names: [String] = []
        for case .keep(let sql) in steps where names.count < limit {
            let name = sql.traceName
            if !names.contains(name) { names.append(name) }
        }
        return names
    }
}

extension SQL {
    /// What the statement is called where people look at it: its name, or the command if that is
    /// all it is.
    var traceName: String {
        if let name { return name }
        return text.utf8.count <= 16 && text.utf8.allSatisfy { $0 != 0x20 && $0 != 0x0A }
            ? text : "unnamed"
    }
}

extension Pool {
    /// Who is told of slow round trips; nobody unless that was asked for.
    var slowStatements: SlowStatements? {
        guard let limit = configuration.slowStatement else { return nil }
        let logger = logger
        let count = metrics.slowStatements
        return SlowStatements(limit: limit) { names, duration in
            count.increment()
            logger.warning(
                "Slow statement",
                metadata: [
                    "statements": .array(names.map { .string($0) }),
                    "durationMs": .stringConvertible(Int(duration.milliseconds)),
                ])
        }
    }
}
