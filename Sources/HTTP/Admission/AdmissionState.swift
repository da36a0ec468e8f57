import DequeModule

/// Who may be worked for: the rules of admission, without any task, lock or clock.
///
/// - So many requests are at work at once, so many of one group (a tenant, the operator, or all
///   whom nobody knows yet).
/// - A place that comes free goes to the group with the fewest at work; among equals, groups take
///   turns. Within a group, what others wait for to go on comes before what begins something new,
///   since half a payment is worth nothing; but for every sixteenth turn, so that nothing starves.
/// - The queue has a length. When it is full, the newest of the longest one makes room for a
///   group with less.
/// - Nothing new is queued for a group that has let the first of its kind wait for half of the time
///   that there is: it would be refused all the same, only later, and dearer.
struct AdmissionState<Waiter> {
    typealias Instant = ContinuousClock.Instant

    private let limits: AdmissionLimits
    /// How many requests are at work.
    private(set) var running = 0
    /// How many wait.
    private(set) var waiting = 0
    /// Only groups with requests at work.
    private var runningOf: [Int: Int] = [:]
    /// Only groups with requests that wait.
    private var queues: [Int: GroupQueue<Waiter>] = [:]
    /// The groups that wait, in the order of their turns.
    private var turns: Deque<Int> = []
    private var tickets: UInt64 = 0

    init(_ limits: AdmissionLimits) {
        self.limits = limits
    }

    /// Begins to work for a group.
    /// - Returns: false if it has to wait.
    mutating func enter(_ group: Int) -> Bool {
        guard running < limits.maxRequests, queues.isEmpty || queues[group] == nil else {
            return false
        }
        let own = runningOf[group, default: 0]
        guard own < limits.maxRequestsPerTenant else { return false }
        runningOf[group] = own + 1
        running += 1
        return true
    }

    /// Ends work for a group.
    /// - Returns: whose turn it is, whose work has begun by that.
    mutating func leave(_ group: Int) -> Waiter? {
        running -= 1
        let own = runningOf[group, default: 1] - 1
        runningOf[group] = own > 0 ? own : nil
        return turns.isEmpty ? nil : next()
    }

    private mutating func next() -> Waiter? {
        guard running < limits.maxRequests else { return nil }
        var best: Int?
        var least = limits.maxRequestsPerTenant
        for (index, group) in turns.enumerated() {
            let own = runningOf[group, default: 0]
            if own < least { (best, least) = (index, own) }
        }
        guard let best else { return nil }
        let group = turns.remove(at: best)
        guard let waiter = queues[group]?.popNext() else { return nil }
        waiting -= 1
        if queues[group]?.isEmpty == true { queues[group] = nil } else { turns.append(group) }
        runningOf[group, default: 0] += 1
        running += 1
        return waiter
    }

    // MARK: Waiting

    /// What became of somebody who wanted to wait.
    enum Placement {
        case refused
        /// `instead` has lost its place.
        case queued(ticket: UInt64, instead: Waiter?)
    }

    /// Queues somebody who could not enter, until `end` at the latest.
    mutating func add(
        _ waiter: Waiter, of group: Int, _ stage: RequestStage, until end: Instant
    ) -> Placement {
        guard mayQueue(stage, of: group, until: end) else { return .refused }
        var loser: Waiter?
        if waiting >= limits.maxQueued {
            loser = makeRoom(for: group, stage)
            if loser == nil { return .refused }
        }
        tickets += 1
        if queues[group] == nil { turns.append(group) }
        queues[group, default: GroupQueue()].append(
            .init(ticket: tickets, end: end, waiter: waiter), stage)
        waiting += 1
        return .queued(ticket: tickets, instead: loser)
    }

    /// Whether requests of the group wait for others of its own.
    func isCrowded(_ group: Int) -> Bool { queues[group] != nil }

    /// Whether somebody of this stage who could not enter may wait, if there is room.
    func mayQueue(_ stage: RequestStage, of group: Int, until end: Instant) -> Bool {
        guard stage == .first, let oldest = queues[group]?.firstEnd(of: stage) else { return true }
        return oldest.advanced(by: min(limits.patience, limits.requestTime) / 2) >= end
    }

    private mutating func makeRoom(for group: Int, _ stage: RequestStage) -> Waiter? {
        let own = queues[group]?.count ?? 0
        guard let longest = queues.max(by: { $0.value.count < $1.value.count }) else {
            return nil
        }
        let isOthers = longest.value.count > own + 1
        let loser = isOthers ? longest.key : group
        guard let waiter = queues[loser]?.popLast(after: isOthers ? nil : stage) else {
            return nil
        }
        removed(from: loser)
        return waiter
    }

    private mutating func removed(from group: Int) {
        waiting -= 1
        if queues[group]?.isEmpty == true { forget(group) }
    }

    private mutating func forget(_ group: Int) {
        queues[group] = nil
        turns.removeAll { $0 == group }
    }

    /// Somebody waits no longer.
    mutating func remove(ticket: UInt64, of group: Int) {
        if queues[group]?.remove(ticket) == true { removed(from: group) }
    }

    /// Takes out those who have waited too long.
    mutating func expire(at now: Instant) -> [Waiter] {
        var expired: [Waiter] = []
        for group in Array(queues.keys) {
            guard let gone = queues[group]?.expire(at: now), !gone.isEmpty else { continue }
            waiting -= gone.count
            expired += gone
            if queues[group]?.isEmpty == true { forget(group) }
        }
        return expired
    }

    /// When the next one will have waited too long.
    var nextExpiry: Instant? { queues.values.compactMap(\.nextExpiry).min() }
}

/// The waiting requests of one group.
struct GroupQueue<Waiter> {
    struct Place {
        let ticket: UInt64
        let end: ContinuousClock.Instant
        let waiter: Waiter
    }

    /// Every so many turns the newest work comes first.
    private static var turnsOfOthers: Int { 16 }

    /// By stage; each in the order of coming, which is the order of its ends, too.
    private var lanes = RequestStage.allCases.map { _ in Deque<Place>() }
    private var turns = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }
    var nextExpiry: ContinuousClock.Instant? { lanes.compactMap(\.first?.end).min() }

    /// When the one of this stage that came first will have waited too long.
    func firstEnd(of stage: RequestStage) -> ContinuousClock.Instant? {
        lanes[stage.rawValue].first?.end
    }

    mutating func append(_ place: Place, _ stage: RequestStage) {
        lanes[stage.rawValue].append(place)
        count += 1
    }

    mutating func popNext() -> Waiter? {
        turns += 1
        let isTurnOfOthers = turns.isMultiple(of: Self.turnsOfOthers)
        let chosen =
            isTurnOfOthers
            ? lanes.lastIndex { !$0.isEmpty } : lanes.firstIndex { !$0.isEmpty }
        guard let chosen else { return nil }
        count -= 1
        return lanes[chosen].removeFirst().waiter
    }

    /// Takes out the newest of those that have come the least far.
    /// - Parameter stage: only from what has come less far than this; nil for all.
    mutating func popLast(after stage: RequestStage?) -> Waiter? {
        let first = stage.map { $0.rawValue + 1 } ?? 0
        guard let chosen = lanes.indices.last(where: { $0 >= first && !lanes[$0].isEmpty })
        else { return nil }
        count -= 1
        return lanes[chosen].removeLast().waiter
    }

    /// - Returns: whether it was there.
    mutating func remove(_ ticket: UInt64) -> Bool {
        for lane in lanes.indices {
            guard let index = lanes[lane].firstIndex(where: { $0.ticket == ticket }) else {
                continue
            }
            lanes[lane].remove(at: index)
            count -= 1
            return true
        }
        return false
    }

    mutating func expire(at now: ContinuousClock.Instant) -> [Waiter] {
        var expired: [Waiter] = []
        for lane in lanes.indices {
            while let first = lanes[lane].first, first.end <= now {
                expired.append(first.waiter)
                lanes[lane].removeFirst()
            }
        }
        count -= expired.count
        return expired
    }
}
