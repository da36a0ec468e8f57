import DequeModule

/// Callers waiting in the order of their tickets. Removal leaves a gap that is skipped later.
struct WaitQueue<Element> {
    typealias Instant = ContinuousClock.Instant

    private struct Entry {
        let ticket: UInt64
        let deadline: Instant
        var element: Element?
    }

    private var entries = Deque<Entry>()
    /// How many wait.
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// The ticket of the one who waits longest.
    var firstTicket: UInt64? { entries.first?.ticket }

    /// No deadline is earlier: those that come later may have less time.
    private var earliest: Instant?
    var firstDeadline: Instant? { isEmpty ? nil : earliest }

    /// Adds a caller at the place of its ticket: normally the end.
    mutating func insert(_ element: Element, ticket: UInt64, deadline: Instant) {
        let entry = Entry(ticket: ticket, deadline: deadline, element: element)
        earliest = isEmpty ? deadline : min(earliest ?? deadline, deadline)
        count += 1
        if let last = entries.last, last.ticket > ticket {
            entries.insert(entry, at: position(of: ticket))
        } else {
            entries.append(entry)
        }
    }

    /// Takes the one who waits longest.
    mutating func popFirst() -> Element? {
        guard let entry = entries.popFirst() else { return nil }
        dropGaps()
        count -= 1
        return entry.element
    }

    /// Takes out a caller that gave up.
    @discardableResult
    mutating func remove(ticket: UInt64) -> Element? {
        let index = position(of: ticket)
        guard index < entries.count, entries[index].ticket == ticket,
            let element = entries[index].element
        else { return nil }
        entries[index].element = nil
        count -= 1
        dropGaps()
        return element
    }

    /// Takes out those whose deadline has passed.
    mutating func expire(at now: Instant) -> [Element] {
        guard let firstDeadline, firstDeadline <= now else { return [] }
        var expired: [Element] = []
        earliest = nil
        for index in entries.indices {
            guard let element = entries[index].element else { continue }
            let deadline = entries[index].deadline
            if deadline <= now {
                expired.append(element)
                entries[index].element = nil
            } else {
                earliest = min(earliest ?? deadline, deadline)
            }
        }
        count -= expired.count
        dropGaps()
        return expired
    }

    /// Takes out everybody.
    mutating func removeAll() -> [Element] {
        defer {
            entries.removeAll()
            count = 0
        }
        return entries.compactMap(\.element)
    }

    /// The first entry is never a gap.
    private mutating func dropGaps() {
        while let first = entries.first, first.element == nil { entries.removeFirst() }
    }

    /// The index of the first entry with this ticket or a later one.
    private func position(of ticket: UInt64) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].ticket < ticket { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
