import Synchronization

/// Documents by their SHA-256, as clients sent them: automatic persisted queries. The least
/// recently used are dropped first.
///
/// All tenants share them. A document is no secret, it holds no values of its own unless somebody
/// writes them into it, and whoever knows the hash knows the document; what an operation may read
/// or do is decided by the caller alone. All that one tenant can do to another is to have
/// documents forgotten, which costs a client one more round trip.
final class PersistedDocuments: Sendable {
    private struct Entry {
        let text: String
        var lastUse: UInt64
    }

    private struct State {
        var entries: [DocumentHash: Entry] = [:]
        var bytes = 0
        var clock: UInt64 = 0
    }

    /// What an entry takes beside its text, in bytes, so that many short ones are bounded too.
    private static let overhead = 128

    private let maxBytes: Int
    private let state = Mutex(State())

    /// - Parameter maxBytes: how much text is kept; 0 keeps none.
    init(maxBytes: Int) {
        self.maxBytes = maxBytes
    }

    var isEnabled: Bool { maxBytes > 0 }

    subscript(hash: DocumentHash) -> String? {
        state.withLock { state in
            guard let index = state.entries.index(forKey: hash) else { return nil }
            state.clock += 1
            state.entries.values[index].lastUse = state.clock
            return state.entries.values[index].text
        }
    }

    func insert(_ text: String) {
        let size = text.utf8.count + Self.overhead
        guard size <= maxBytes else { return }
        let hash = DocumentHash(of: text)
        state.withLock { state in
            state.clock += 1
            if let index = state.entries.index(forKey: hash) {
                state.entries.values[index].lastUse = state.clock
                return
            }
            if state.bytes + size > maxBytes { Self.makeRoom(&state, maxBytes / 2) }
            state.entries[hash] = Entry(text: text, lastUse: state.clock)
            state.bytes += size
        }
    }

    /// Bytes kept.
    var bytes: Int { state.withLock { $0.bytes } }

    /// Drops the older half at once, so that sorting them costs little for each insertion.
    private static func makeRoom(_ state: inout State, _ target: Int) {
        for (hash, entry) in state.entries.sorted(by: { $0.value.lastUse < $1.value.lastUse }) {
            if state.bytes <= target { break }
            state.entries[hash] = nil
            state.bytes -= entry.text.utf8.count + overhead
        }
    }
}

/// The documents that the operator has put down, for a server that runs no others.
package struct TrustedDocuments: Sendable {
    private let texts: [DocumentHash: String]

    /// - Parameter texts: each is known by the hash of its exact text, and of its text without
    ///   white space at the end, where an editor puts a line break that a client does not send.
    package init(_ texts: [String]) {
        var known: [DocumentHash: String] = [:]
        for text in texts {
            var trimmed = text[...]
            while trimmed.last?.isWhitespace == true { trimmed.removeLast() }
            known[DocumentHash(of: text)] = text
            known[DocumentHash(of: String(trimmed))] = text
        }
        self.texts = known
    }

    subscript(hash: DocumentHash) -> String? { texts[hash] }
}
