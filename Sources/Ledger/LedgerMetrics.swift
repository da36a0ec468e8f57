import Metrics

/// What the ledger tells of its batches through swift-metrics.
struct LedgerMetrics: Sendable {
    private let size = Recorder(label: "hazina_ledger_batch_operations")
    private let commit = Timer(label: "hazina_ledger_commit_seconds")

    /// Runs a batch of so many operations.
    func measure<Result>(_ count: Int, _ run: () async -> Result) async -> Result {
        size.record(count)
        let began = ContinuousClock.now
        let result = await run()
        commit.record(duration: began.duration(to: .now))
        return result
    }
}
