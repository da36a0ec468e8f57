import Synchronization

/// Prepared documents by their text, the least recently used dropped first.
final class DocumentCache: Sendable {
    /// A text by its bytes: Swift's own equality takes different spellings of a character for the
    /// same, and documents that differ in their literals must not share an entry.
    private struct Key: Hashable {
        let text: String

        static func == (first: Key, second: Key) -> Bool {
            first.withBytes { one in second.withBytes { Self.areEqual(one, $0) } }
        }

        func hash(into hasher: inout Hasher) { withBytes { hasher.combine(bytes: $0) } }

        private func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
            var text = text
            return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
        }

        /// Compares eight bytes at a time: documents are long, and each look-up ends with this.
        private static func areEqual(
            _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
        ) -> Bool {
            guard first.count == second.count else { return false }
            var index = 0
            while first.count - index >= 8 {
                let one = first.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                let other = second.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                if one != other { return false }
                index += 8
            }
            return first[index...].elementsEqual(second[index...])
        }
    }

    private struct Entry {
        let document: PreparedDocument
        let bytes: Int
        var lastUse: UInt64
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var bytes = 0
        var clock: UInt64 = 0
    }

    private let state = Mutex(State())
    private let maxBytes: Int

    /// `maxBytes` bounds the documents' text; what is made of it takes a multiple.
    init(maxBytes: Int) { self.maxBytes = maxBytes }

    subscript(text: String) -> PreparedDocument? {
        state.withLock { state in
            state.clock &+= 1
            let clock = state.clock
            guard let index = state.entries.index(forKey: Key(text: text)) else { return nil }
            state.entries.values[index].lastUse = clock
            return state.entries.values[index].document
        }
    }

    func insert(_ document: PreparedDocument, for text: String) {
        let size = text.utf8.count + 256
        guard size <= maxBytes else { return }
        let key = Key(text: text)
        state.withLock { state in
            state.clock &+= 1
            if let old = state.entries.removeValue(forKey: key) { state.bytes -= old.bytes }
            if state.bytes + size > maxBytes { Self.makeRoom(&state, maxBytes / 2) }
            state.bytes += size
            state.entries[key] = Entry(document: document, bytes: size, lastUse: state.clock)
        }
    }

    /// Drops the older half at once, so that the sorting costs little for each insertion.
    private static func makeRoom(_ state: inout State, _ target: Int) {
        for (key, entry) in state.entries.sorted(by: { $0.value.lastUse < $1.value.lastUse }) {
            if state.bytes <= target { break }
            state.entries.removeValue(forKey: key)
            state.bytes -= entry.bytes
        }
    }
}
