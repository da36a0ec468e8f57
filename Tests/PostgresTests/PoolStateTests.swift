import Testing

@testable import Postgres

@Suite struct PoolStateTests {
    typealias State = PoolState<String, String>
    typealias Instant = ContinuousClock.Instant

    let start = Instant.now

    private func state(size: Int, open: Int? = nil, maxWaiters: Int = 100) -> State {
        var state = State(size: size, maxWaiters: maxWaiters)
        for id in 1...(open ?? size) {
            state.add(connection: id, now: start, expires: start.advanced(by: .seconds(100)))
        }
        return state
    }

    private func deadline(_ seconds: Int = 5) -> Instant { start.advanced(by: .seconds(seconds)) }

    /// Everything that can be assigned now, such as `1:read a+b` or `2:lease x`.
    private func assignAll(_ state: inout State) -> [String] {
        var assigned: [String] = []
        while let (id, work) = state.assign() {
            switch work {
            case .reads(let reads): assigned.append("\(id):read \(reads.joined(separator: "+"))")
            case .lease(let lease): assigned.append("\(id):lease \(lease)")
            }
        }
        return assigned
    }

    @Test func `an idle connection takes a read at once`() {
        var state = state(size: 1)
        _ = state.add(read: "a", deadline: deadline())
        do { let work = assignAll(&state); #expect(work == ["1:read a"]) }
        #expect(state.inFlight == 1)
        #expect(state.waiting == 0)
    }

    @Test func `reads that wait are sent together`() {
        var state = state(size: 1)
        for read in ["a", "b", "c"] {
            _ = state.add(read: read, deadline: deadline())
            if read == "a" { #expect(assignAll(&state) == ["1:read a"]) }
        }
        do { let work = assignAll(&state); #expect(work.isEmpty) }
        _ = state.release(connection: 1, now: start)
        do { let work = assignAll(&state); #expect(work == ["1:read b+c"]) }
    }

    @Test func `a pool of one serves reads and leases in the order they came`() {
        var state = state(size: 1)
        _ = state.add(read: "a", deadline: deadline())
        do { let work = assignAll(&state); #expect(work == ["1:read a"]) }
        _ = state.add(read: "b", deadline: deadline())
        _ = state.add(lease: "x", deadline: deadline())
        _ = state.add(read: "c", deadline: deadline())
        _ = state.add(lease: "y", deadline: deadline())
        var order: [String] = []
        for _ in 0..<4 {
            _ = state.release(connection: 1, now: start)
            order += assignAll(&state)
        }
        #expect(order == ["1:read b", "1:lease x", "1:read c", "1:lease y"])
    }

    @Test func `one connection of several is never leased`() {
        var state = state(size: 3)
        for lease in ["x", "y", "z"] { _ = state.add(lease: lease, deadline: deadline()) }
        do { let work = assignAll(&state); #expect(work.count == 2) }
        #expect(state.leasedCount == 2)
        _ = state.add(read: "a", deadline: deadline())
        do { let work = assignAll(&state); #expect(work == ["1:read a"]) }
        _ = state.release(connection: 3, now: start)
        do { let work = assignAll(&state); #expect(work == ["3:lease z"]) }
    }

    @Test func `a small burst goes to one connection`() {
        var state = state(size: 2)
        for read in ["a", "b", "c", "d"] { _ = state.add(read: read, deadline: deadline()) }
        do { let work = assignAll(&state); #expect(work == ["2:read a+b+c+d"]) }
    }

    @Test func `a large burst leaves something for the other connections`() {
        var state = state(size: 2)
        for number in 1...40 { _ = state.add(read: "\(number)", deadline: deadline()) }
        let work = assignAll(&state)
        #expect(work.map { $0.split(separator: "+").count } == [20, 16])
        #expect(state.waiting == 4)
    }

    @Test func `callers expire at their deadline, the oldest first`() {
        var state = state(size: 1)
        _ = state.add(lease: "x", deadline: deadline())
        _ = assignAll(&state)
        _ = state.add(read: "a", deadline: deadline(1))
        _ = state.add(lease: "y", deadline: deadline(2))
        _ = state.add(read: "b", deadline: deadline(3))
        #expect(state.nextDeadline == deadline(1))
        let expired = state.expire(at: deadline(2))
        #expect(expired.reads == ["a"])
        #expect(expired.leases == ["y"])
        #expect(state.waiting == 1)
    }

    @Test func `a caller that gave up is skipped`() {
        var state = state(size: 1)
        _ = state.add(lease: "x", deadline: deadline())
        _ = assignAll(&state)
        let first = state.add(read: "a", deadline: deadline()) ?? 0
        let second = state.add(read: "b", deadline: deadline()) ?? 0
        _ = state.add(read: "c", deadline: deadline())
        state.removeRead(ticket: second)
        state.removeRead(ticket: first)
        state.removeRead(ticket: first)
        #expect(state.waiting == 1)
        _ = state.release(connection: 1, now: start)
        do { let work = assignAll(&state); #expect(work == ["1:read c"]) }
    }

    @Test func `a read put back keeps its place`() {
        var state = state(size: 1)
        let ticket = state.add(read: "a", deadline: deadline()) ?? 0
        _ = assignAll(&state)
        _ = state.add(read: "b", deadline: deadline())
        state.putBack(read: "a", ticket: ticket, deadline: deadline())
        _ = state.release(connection: 1, now: start)
        do { let work = assignAll(&state); #expect(work == ["1:read a+b"]) }
    }

    @Test func `the number of waiters is bounded`() {
        var state = state(size: 1, maxWaiters: 2)
        _ = state.add(lease: "x", deadline: deadline())
        _ = assignAll(&state)
        let tickets = [
            state.add(read: "a", deadline: deadline()), state.add(lease: "y", deadline: deadline()),
            state.add(read: "b", deadline: deadline()),
        ]
        #expect(tickets.map { $0 != nil } == [true, true, false])
    }

    @Test func `a connection past its lifetime is closed when it comes free`() {
        var state = state(size: 1)
        _ = state.add(read: "a", deadline: deadline())
        _ = assignAll(&state)
        let isKept = state.release(connection: 1, now: deadline(200))
        #expect(!isKept)
        #expect(state.count == 0)
    }

    @Test func `idle connections are checked, and replaced when they are too old`() {
        var state = state(size: 2)
        let tooEarly = state.takeForCheck(unusedSince: deadline(-1), now: start)
        #expect(tooEarly == nil)
        let later = deadline(50)
        let checked = state.takeForCheck(unusedSince: start, now: later)
        #expect(checked == 1)
        #expect(state.stuckChecks(since: deadline(49)).isEmpty)
        #expect(state.stuckChecks(since: later) == [1])
        let expired = [
            state.takeExpired(now: deadline(99)), state.takeExpired(now: deadline(100)),
        ]
        #expect(expired == [nil, 2])
        #expect(state.count == 1)
    }

    @Test func `idle connections can be taken out together`() {
        var state = state(size: 3)
        _ = state.add(read: "a", deadline: deadline())
        _ = assignAll(&state)
        let taken = state.takeIdle()
        #expect(taken == [1, 2])
        #expect(state.count == 1)
        _ = state.add(read: "b", deadline: deadline())
        let nothing = assignAll(&state)
        #expect(nothing.isEmpty)
    }

    @Test func `a lost connection frees its lease`() {
        var state = state(size: 2)
        _ = state.add(lease: "x", deadline: deadline())
        do { let work = assignAll(&state); #expect(work == ["2:lease x"]) }
        state.remove(connection: 2)
        #expect(state.leasedCount == 0)
        let isKept = state.release(connection: 2, now: start)
        #expect(!isKept)
    }

    @Test func `in any order of events nobody is lost and nobody overtakes`() {
        var random = SplitMix(seed: 7)
        for size in 1...4 {
            var state = state(size: size, maxWaiters: 10_000)
            var busy: Set<Int> = []
            var served: [Int] = []
            var added = 0
            for _ in 0..<2_000 {
                if Bool.random(using: &random) {
                    if Int.random(in: 0..<5, using: &random) == 0 {
                        _ = state.add(lease: "\(added)", deadline: deadline())
                    } else {
                        _ = state.add(read: "\(added)", deadline: deadline())
                    }
                    added += 1
                } else if let id = busy.randomElement(using: &random) {
                    busy.remove(id)
                    _ = state.release(connection: id, now: start)
                }
                while let (id, work) = state.assign() {
                    let isNew = busy.insert(id).inserted
                    #expect(isNew)
                    switch work {
                    case .reads(let reads): served += reads.compactMap { Int($0) }
                    case .lease(let lease): served += [lease].compactMap { Int($0) }
                    }
                }
                #expect(state.leasedCount <= max(1, size - 1))
            }
            #expect(Set(served).count == served.count)
            #expect(served.count + state.waiting == added)
            if size == 1 { #expect(served == served.sorted()) }
        }
    }
}

/// A small seeded generator, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
