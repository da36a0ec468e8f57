/// Which statements are prepared on one connection.
///
/// A statement is prepared in the same segment that first runs it. Until the server has confirmed
/// that, only the same segment may count on it: another one would fail if the first is aborted
/// before the preparation.
struct StatementCache {
    /// The text and the parameters' types: the same text with other types is another statement.
    struct Key: Hashable {
        let text: String
        let types: [UInt32]

        init(_ sql: SQL) {
            text = sql.text
            types = sql.binds.types
        }
    }

    /// How to run a statement.
    enum Plan: Equatable {
        /// By the name it is prepared under.
        case prepared(String)
        /// Prepare it under this name first.
        case prepare(String)
        /// Without a name, parsed for this run alone.
        case unnamed
    }

    private struct Entry {
        let name: String
        /// The segment that prepares it; `nil` once the server has confirmed.
        var pendingIn: UInt64?
        var lastUse: UInt64
    }

    private let limit: Int
    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0
    private var names: UInt64 = 0

    /// A cache of at most about `limit` statements; 0 prepares none.
    init(limit: Int) {
        self.limit = max(0, limit)
    }

    var count: Int { entries.count }

    mutating func plan(for sql: SQL, segment: UInt64) -> Plan {
        guard limit > 0 else { return .unnamed }
        let key = Key(sql)
        uses += 1
        if let entry = entries[key] {
            if let pending = entry.pendingIn, pending != segment { return .unnamed }
            entries[key]?.lastUse = uses
            return .prepared(entry.name)
        }
        names += 1
        let name = "s\(names)"
        entries[key] = Entry(name: name, pendingIn: segment, lastUse: uses)
        return .prepare(name)
    }

    /// The server has prepared the statement, or not.
    mutating func settle(_ sql: SQL, succeeded: Bool) {
        let key = Key(sql)
        if succeeded {
            entries[key]?.pendingIn = nil
        } else {
            entries.removeValue(forKey: key)
        }
    }

    /// Forgets the least used statements when there are more than the limit, a quarter at once.
    /// Only sound while nothing is in flight on the connection.
    /// - Returns: the names to deallocate.
    mutating func evict() -> [String] {
        guard entries.count > limit else { return [] }
        let surplus = entries.count - limit * 3 / 4
        let oldest = entries.sorted { $0.value.lastUse < $1.value.lastUse }.prefix(surplus)
        for (key, _) in oldest { entries.removeValue(forKey: key) }
        return oldest.map(\.value.name)
    }
}
