/// Which transactions had been committed at a moment, as PostgreSQL's `pg_snapshot` tells it.
struct DatabaseSnapshot: Sendable {
    /// The oldest transaction under way; all before it had ended.
    let oldestRunning: UInt64
    private let next: UInt64
    private let running: Set<UInt64>

    /// Reads `xmin:xmax:xip,...`.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let oldest = UInt64(parts[0]), let next = UInt64(parts[1]) else {
            return nil
        }
        oldestRunning = oldest
        self.next = next
        running = Set(parts[2].split(separator: ",").compactMap { UInt64($0) })
    }

    /// Whether what a committed transaction wrote was visible then.
    func shows(_ transaction: UInt64) -> Bool {
        transaction < next && !running.contains(transaction)
    }
}
