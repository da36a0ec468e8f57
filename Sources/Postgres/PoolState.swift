/// Who gets which connection: the rules of the pool, without any connection, lock or clock.
///
/// - A connection is idle, busy with a burst of reads, leased, or being checked.
/// - Callers are served in the order in which they came, reads and leases alike; a lease takes a
///   connection when its burst is over, so that a pool of one connection serves both.
/// - With two connections or more, one is never leased: reads are not held up by row locks. While
///   the leases are at their limit, reads pass the waiting leases.
struct PoolState<Read, Lease> {
    typealias Instant = ContinuousClock.Instant

    /// What an idle connection shall do.
    enum Work {
        case reads([Read])
        case lease(Lease)
    }

    private enum Use {
        case idle(since: Instant)
        case reading(Int)
        case leased
        case checking(since: Instant)
    }

    private struct Member {
        var use: Use
        var expires: Instant
    }

    /// The most read units sent to one connection at once.
    static var burstLimit: Int { 64 }
    /// So few go to one connection even if others are idle: a burst costs the server much less than
    /// its units one by one.
    static var smallBurst: Int { 16 }

    let size: Int
    let maxWaiters: Int
    private var members: [Int: Member] = [:]
    /// The idle connections; the one used last is taken first.
    private var idle: [Int] = []
    private var reads = WaitQueue<Read>()
    private var leases = WaitQueue<Lease>()
    private var tickets: UInt64 = 0
    private(set) var leasedCount = 0

    init(size: Int, maxWaiters: Int) {
        self.size = max(1, size)
        self.maxWaiters = max(1, maxWaiters)
    }

    var count: Int { members.count }
    var idleCount: Int { idle.count }
    var waiting: Int { reads.count + leases.count }
    var isQuiet: Bool { waiting == 0 && leasedCount == 0 && inFlight == 0 }

    var inFlight: Int {
        members.values.reduce(0) { sum, member in
            if case .reading(let units) = member.use { sum + units } else { sum }
        }
    }

    /// Connections with a burst of reads under way.
    var readingCount: Int {
        members.values.count { if case .reading = $0.use { true } else { false } }
    }

    /// When the next waiting caller gives up.
    var nextDeadline: Instant? {
        [reads.firstDeadline, leases.firstDeadline].compactMap(\.self).min()
    }

    private var leaseLimit: Int { max(1, size - 1) }

    // MARK: Callers

    /// Queues a read unit.
    /// - Returns: its ticket; `nil` when too many wait already.
    mutating func add(read: Read, deadline: Instant) -> UInt64? {
        guard let ticket = nextTicket() else { return nil }
        reads.insert(read, ticket: ticket, deadline: deadline)
        return ticket
    }

    /// Queues a caller for a lease.
    /// - Returns: its ticket; `nil` when too many wait already.
    mutating func add(lease: Lease, deadline: Instant) -> UInt64? {
        guard let ticket = nextTicket() else { return nil }
        leases.insert(lease, ticket: ticket, deadline: deadline)
        return ticket
    }

    /// Puts a read unit back where it stood.
    mutating func putBack(read: Read, ticket: UInt64, deadline: Instant) {
        reads.insert(read, ticket: ticket, deadline: deadline)
    }

    mutating func removeRead(ticket: UInt64) { reads.remove(ticket: ticket) }
    mutating func removeLease(ticket: UInt64) { leases.remove(ticket: ticket) }

    mutating func expire(at now: Instant) -> (reads: [Read], leases: [Lease]) {
        (reads.expire(at: now), leases.expire(at: now))
    }

    mutating func removeAllWaiting() -> (reads: [Read], leases: [Lease]) {
        (reads.removeAll(), leases.removeAll())
    }

    private mutating func nextTicket() -> UInt64? {
        guard waiting < maxWaiters else { return nil }
        tickets += 1
        return tickets
    }

    // MARK: Connections

    /// A connection was opened; it is idle.
    mutating func add(connection id: Int, now: Instant, expires: Instant) {
        members[id] = Member(use: .idle(since: now), expires: expires)
        idle.append(id)
    }

    /// A connection is gone.
    mutating func remove(connection id: Int) {
        guard let member = members.removeValue(forKey: id) else { return }
        switch member.use {
        case .idle: idle.removeAll { $0 == id }
        case .leased: leasedCount -= 1
        case .reading, .checking: break
        }
    }

    /// A connection has finished what it did.
    /// - Returns: `false` when it is past its lifetime: it is no member any more and must be
    /// closed.
    mutating func release(connection id: Int, now: Instant) -> Bool {
        guard let member = members[id] else { return false }
        if case .idle = member.use { return true }
        if case .leased = member.use { leasedCount -= 1 }
        guard member.expires > now else {
            members.removeValue(forKey: id)
            return false
        }
        members[id]?.use = .idle(since: now)
        idle.append(id)
        return true
    }

    /// Takes out idle connections past their lifetime, to be closed; never the last one.
    mutating func takeExpired(now: Instant) -> Int? {
        guard members.count > 1 || waiting == 0 else { return nil }
        guard let index = idle.firstIndex(where: { members[$0].map { $0.expires <= now } ?? true })
        else { return nil }
        let id = idle.remove(at: index)
        members.removeValue(forKey: id)
        return id
    }

    /// Takes out all idle connections, to be closed.
    mutating func takeIdle() -> [Int] {
        defer { idle = [] }
        for id in idle { members.removeValue(forKey: id) }
        return idle
    }

    /// Takes an idle connection that has done nothing since `limit`, to be checked.
    mutating func takeForCheck(unusedSince limit: Instant, now: Instant) -> Int? {
        let index = idle.firstIndex { id in
            if case .idle(let since) = members[id]?.use { since <= limit } else { false }
        }
        guard let index else { return nil }
        let id = idle.remove(at: index)
        members[id]?.use = .checking(since: now)
        return id
    }

    /// Connections whose check was begun before `limit` and has not ended.
    func stuckChecks(since limit: Instant) -> [Int] {
        members.compactMap { id, member in
            if case .checking(let since) = member.use, since <= limit { id } else { nil }
        }
    }

    // MARK: Matching

    /// Gives an idle connection its next work, if there is both.
    mutating func assign() -> (connection: Int, work: Work)? {
        guard let id = idle.last else { return nil }
        let leaseTicket = leasedCount < leaseLimit ? leases.firstTicket : nil
        if let leaseTicket, leaseTicket < reads.firstTicket ?? .max {
            guard let lease = leases.popFirst() else { return nil }
            idle.removeLast()
            members[id]?.use = .leased
            leasedCount += 1
            return (id, .lease(lease))
        }
        let burst = takeBurst(before: leaseTicket ?? .max)
        guard !burst.isEmpty else { return nil }
        idle.removeLast()
        members[id]?.use = .reading(burst.count)
        return (id, .reads(burst))
    }

    /// The share of one connection in the waiting reads that came before `ticket`.
    private mutating func takeBurst(before ticket: UInt64) -> [Read] {
        guard !reads.isEmpty else { return [] }
        let connections = max(1, members.count - leasedCount)
        let share = max(Self.smallBurst, (reads.count + connections - 1) / connections)
        var burst: [Read] = []
        while burst.count < min(share, Self.burstLimit), let first = reads.firstTicket,
            first < ticket, let read = reads.popFirst()
        {
            burst.append(read)
        }
        return burst
    }
}
