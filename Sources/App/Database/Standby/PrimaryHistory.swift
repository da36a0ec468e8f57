import DequeModule

/// Where the primary was at moments of the last seconds, and in which tenants this process has
/// written meanwhile: from both follows how far a standby must be to be read from.
struct PrimaryHistory: Sendable {
    typealias Instant = ContinuousClock.Instant

    private struct Moment {
        /// Just before the primary was asked.
        let asked: Instant
        let position: Int64
    }

    /// How old what a standby shows may be.
    let maxLag: Duration
    /// Those within `maxLag`, in their order.
    private var moments: Deque<Moment> = []
    private var origin: LogPlace?
    /// When this process last wrote; those older than `maxLag` no longer matter.
    private var writes: [TenantID: Instant] = [:]
    private var olderWrites: [TenantID: Instant] = [:]
    private var lastTurn: Instant
    /// The last moment of which it is known that the standby has what was committed before it.
    private var caughtUp: Instant

    init(maxLag: Duration, now: Instant = .now) {
        self.maxLag = maxLag
        lastTurn = now
        caughtUp = now
    }

    mutating func add(_ place: LogPlace, asked: Instant) {
        if place.database != origin?.database || place.timeline != origin?.timeline {
            moments.removeAll()
        }
        origin = place
        moments.append(Moment(asked: asked, position: place.position))
        let oldest = asked - maxLag
        while let first = moments.first, first.asked < oldest { moments.removeFirst() }
        if lastTurn < oldest {
            lastTurn = asked
            olderWrites = writes
            writes = [:]
        }
    }

    /// - Parameter now: after the commit.
    mutating func noteWrite(in tenant: TenantID, now: Instant) {
        writes[tenant] = now
    }

    /// How far a standby must be: as the primary was `maxLag` ago, and since the last write of this
    /// process in that tenant. Nil while nobody knows.
    func required(now: Instant, writtenIn tenant: TenantID?) -> Int64? {
        let lastWrite = tenant.flatMap { writes[$0] ?? olderWrites[$0] }
        let start = max(now - maxLag, lastWrite ?? now - maxLag)
        var low = 0
        var high = moments.count
        while low < high {
            let middle = (low + high) / 2
            if moments[middle].asked < start { low = middle + 1 } else { high = middle }
        }
        return low < moments.count ? moments[low].position : nil
    }

    /// How long it is since a standby that is at `position` had all that was committed; zero if it
    /// has it now, as far as is known.
    mutating func lag(at position: Int64, now: Instant) -> Duration {
        if let moment = moments.last(where: { $0.position <= position }) {
            caughtUp = max(caughtUp, moment.asked)
        }
        guard let last = moments.last, last.position > position else { return .zero }
        return caughtUp.duration(to: now)
    }
}
