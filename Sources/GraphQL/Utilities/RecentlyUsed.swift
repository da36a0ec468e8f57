/// Values by key within a bound of bytes. When they would pass it, those used longest ago go.
package struct RecentlyUsed<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        let value: Value
        let bytes: Int
        var lastUse: UInt64
    }

    private var entries: [Key: Entry] = [:]
    private var clock: UInt64 = 0
    private let maxBytes: Int
    /// What the values kept count for together.
    package private(set) var bytes = 0

    package init(maxBytes: Int) { self.maxBytes = maxBytes }

    /// The value of the key, which counts as used now.
    package mutating func value(for key: Key) -> Value? {
        guard let index = entries.index(forKey: key) else { return nil }
        clock &+= 1
        entries.values[index].lastUse = clock
        return entries.values[index].value
    }

    /// Keeps the value in place of an earlier one.
    /// - Parameter size: what it counts for; one that is over the bound is not kept.
    package mutating func insert(_ value: Value, for key: Key, bytes size: Int) {
        guard size <= maxBytes else { return }
        if let old = entries.removeValue(forKey: key) { bytes -= old.bytes }
        if bytes + size > maxBytes { makeRoom() }
        clock &+= 1
        entries[key] = Entry(value: value, bytes: size, lastUse: clock)
        bytes += size
    }

    /// Drops the older half at once, so that the sorting costs little for each insertion.
    private mutating func makeRoom() {
        for (key, entry) in entries.sorted(by: { $0.value.lastUse < $1.value.lastUse }) {
            if bytes <= maxBytes / 2 { break }
            entries.removeValue(forKey: key)
            bytes -= entry.bytes
        }
    }
}
