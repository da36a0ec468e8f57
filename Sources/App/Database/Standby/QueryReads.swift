import Synchronization

/// A query under way, which may be answered from a standby.
final class QueryReads: Sendable {
    /// That which the task works for; nil for everything that must see the latest: mutations, who
    /// the caller is, work that comes by itself.
    @TaskLocal static var current: QueryReads?

    /// Nothing was written with the caller's key, so that there is nothing of its own to be seen.
    let isReadOnly: Bool
    private let isOver = Atomic(false)

    init(isReadOnly: Bool) {
        self.isReadOnly = isReadOnly
    }

    /// Once something of it came from the primary, the rest does not come from an older state.
    var mayContinue: Bool { !isOver.load(ordering: .relaxed) }

    func goOnWithPrimary() { isOver.store(true, ordering: .relaxed) }
}
