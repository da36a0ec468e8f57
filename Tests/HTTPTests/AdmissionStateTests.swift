import Testing

@testable import HTTP

@Suite struct AdmissionStateTests {
    typealias State = AdmissionState<String>
    typealias Instant = ContinuousClock.Instant

    let start = Instant.now

    private func state(
        _ running: Int, perTenant: Int? = nil, queued: Int = 100
    ) -> State {
        var limits = AdmissionLimits()
        limits.maxRequests = running
        limits.maxRequestsPerTenant = perTenant ?? running
        limits.maxQueued = queued
        return State(limits)
    }

    /// - Returns: who lost a place, or "refused"; nil if neither.
    private func add(
        _ state: inout State, _ name: String, of group: Int, _ stage: RequestStage = .underWay,
        seconds: Int = 1
    ) -> String? {
        let end = start.advanced(by: .seconds(seconds))
        switch state.add(name, of: group, stage, until: end) {
        case .refused: return "refused"
        case .queued(_, let instead): return instead
        }
    }

    /// Begins so many requests of a group; all must have room.
    private func fill(_ state: inout State, _ count: Int, of group: Int) {
        for _ in 0..<count {
            let isIn = state.enter(group)
            #expect(isIn)
        }
    }

    /// Ends work of a group, so often. - Returns: who came in its place.
    private func leave(_ state: inout State, _ group: Int, times: Int = 1) -> [String] {
        var names: [String] = []
        for _ in 0..<times {
            if let name = state.leave(group) { names.append(name) }
        }
        return names
    }

    @Test func `there is room up to the limit, and again when somebody leaves`() {
        var state = state(2)
        fill(&state, 2, of: 1)
        do { let isIn = state.enter(2); #expect(!isIn) }
        do { let next = leave(&state, 1); #expect(next.isEmpty) }
        do { let isIn = state.enter(2); #expect(isIn) }
        #expect(state.running == 2)
    }

    @Test func `a tenant at its own limit waits beside room for others`() {
        var state = state(3, perTenant: 2)
        fill(&state, 2, of: 1)
        do { let isIn = state.enter(1); #expect(!isIn) }
        do { let lost = add(&state, "a", of: 1); #expect(lost == nil) }
        do { let isIn = state.enter(2); #expect(isIn) }
        do { let next = leave(&state, 2); #expect(next.isEmpty) }
        do { let next = leave(&state, 1); #expect(next == ["a"]) }
        #expect(state.running == 2)
        #expect(state.waiting == 0)
    }

    @Test func `who comes later does not pass those of its tenant who wait`() {
        var state = state(2, perTenant: 2)
        fill(&state, 2, of: 1)
        for name in ["a", "b"] { _ = add(&state, name, of: 1) }
        do { let next = leave(&state, 1); #expect(next == ["a"]) }
        do { let isIn = state.enter(1); #expect(!isIn) }
        do { let next = leave(&state, 1); #expect(next == ["b"]) }
    }

    @Test func `the next place is for the tenant with the fewest at work`() {
        var state = state(4)
        fill(&state, 4, of: 1)
        for name in ["a1", "a2", "a3", "a4", "a5"] { _ = add(&state, name, of: 1) }
        for name in ["b1", "b2"] { _ = add(&state, name, of: 2) }
        do { let next = leave(&state, 1, times: 2); #expect(next == ["b1", "b2"]) }
        // From here on both have two at work.
        do { let next = leave(&state, 1); #expect(next == ["a1"]) }
        do { let next = leave(&state, 2, times: 2); #expect(next == ["a2", "a3"]) }
    }

    @Test func `tenants with as many at work take turns`() {
        var state = state(1)
        fill(&state, 1, of: 9)
        for group in 1...3 { for turn in 1...2 { _ = add(&state, "\(group)\(turn)", of: group) } }
        var order = leave(&state, 9)
        while let last = order.last?.first?.wholeNumberValue, order.count < 6 {
            order += leave(&state, last)
        }
        #expect(order == ["11", "21", "31", "12", "22", "32"])
    }

    @Test func `what was begun is ended first, yet nothing starves`() {
        var state = state(1)
        fill(&state, 1, of: 1)
        for number in 1...3 {
            _ = add(&state, "first\(number)", of: 1, .first)
            _ = add(&state, "early\(number)", of: 1, .early)
        }
        for number in 1...20 { _ = add(&state, "go\(number)", of: 1) }
        let order = leave(&state, 1, times: 26)
        let expected =
            (1...15).map { "go\($0)" } + ["first1"] + (16...20).map { "go\($0)" }
            + (1...3).map { "early\($0)" } + ["first2", "first3"]
        #expect(order == expected)
    }

    @Test func `nothing new waits behind what has waited for half of its time`() {
        var state = state(1)
        fill(&state, 1, of: 1)
        do { let lost = add(&state, "a", of: 1, .first, seconds: 1); #expect(lost == nil) }
        do { let lost = add(&state, "b", of: 1, .first, seconds: 1); #expect(lost == nil) }
        do { let lost = add(&state, "c", of: 1, .first, seconds: 2); #expect(lost == "refused") }
        // What goes on with something waits all the same, and so do others.
        do { let lost = add(&state, "d", of: 1, .early, seconds: 2); #expect(lost == nil) }
        do { let lost = add(&state, "e", of: 2, .first, seconds: 2); #expect(lost == nil) }
        do { let next = leave(&state, 1, times: 2); #expect(next == ["d", "e"]) }
        do { let next = leave(&state, 2) + leave(&state, 1); #expect(next == ["a", "b"]) }
        do { let lost = add(&state, "f", of: 1, .first, seconds: 3); #expect(lost == nil) }
    }

    @Test func `beyond the queue's length one is refused`() {
        var state = state(1, queued: 2)
        fill(&state, 1, of: 1)
        let verdicts = ["a", "b", "c"].map { add(&state, $0, of: 1) }
        #expect(verdicts == [nil, nil, "refused"])
        #expect(state.waiting == 2)
    }

    @Test func `without a queue everybody is refused who finds no room`() {
        var state = state(1, queued: 0)
        fill(&state, 1, of: 1)
        do { let verdict = add(&state, "a", of: 1); #expect(verdict == "refused") }
        do { let verdict = add(&state, "b", of: 2); #expect(verdict == "refused") }
    }

    @Test func `in a full queue the newest of the longest makes room for a tenant with less`() {
        var state = state(1, queued: 3)
        fill(&state, 1, of: 1)
        for name in ["a1", "a2", "a3"] { _ = add(&state, name, of: 1) }
        do { let lost = add(&state, "b1", of: 2); #expect(lost == "a3") }
        // Two and one: no tenant has more than the other would have.
        do { let lost = add(&state, "b2", of: 2); #expect(lost == "refused") }
        do { let lost = add(&state, "a3", of: 1); #expect(lost == "refused") }
        do { let lost = add(&state, "c1", of: 3); #expect(lost == "a2") }
        #expect(state.waiting == 3)
    }

    @Test func `in a full queue what begins something makes room for what goes on`() {
        var state = state(1, queued: 2)
        fill(&state, 1, of: 1)
        for name in ["f1", "f2"] { _ = add(&state, name, of: 1, .first) }
        do { let lost = add(&state, "g1", of: 1); #expect(lost == "f2") }
        do { let lost = add(&state, "f3", of: 1, .first); #expect(lost == "refused") }
        do { let lost = add(&state, "e1", of: 1, .early); #expect(lost == "f1") }
        do { let lost = add(&state, "e2", of: 1, .early); #expect(lost == "refused") }
    }

    @Test func `who has waited too long is taken out`() {
        var state = state(1)
        fill(&state, 1, of: 1)
        for (name, seconds) in [("a", 1), ("b", 2), ("c", 3)] {
            _ = add(&state, name, of: 1, seconds: seconds)
        }
        _ = add(&state, "d", of: 2, .first, seconds: 2)
        #expect(state.nextExpiry == start.advanced(by: .seconds(1)))
        let gone = state.expire(at: start.advanced(by: .seconds(2)))
        #expect(Set(gone) == ["a", "b", "d"])
        #expect(state.waiting == 1)
        do { let next = leave(&state, 1, times: 1); #expect(next == ["c"]) }
        #expect(state.nextExpiry == nil)
    }

    @Test func `who gives up leaves no gap`() {
        var state = state(1)
        fill(&state, 1, of: 1)
        guard case .queued(let ticket, _) = state.add("a", of: 2, .first, until: start) else {
            Issue.record("not queued")
            return
        }
        _ = add(&state, "b", of: 1)
        state.remove(ticket: ticket, of: 2)
        state.remove(ticket: ticket, of: 2)
        #expect(state.waiting == 1)
        do { let next = leave(&state, 1); #expect(next == ["b"]) }
        do { let next = leave(&state, 1); #expect(next.isEmpty) }
        #expect(state.running == 0)
        #expect(state.waiting == 0)
    }
}
