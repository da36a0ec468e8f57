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

    private let documents: Mutex<RecentlyUsed<Key, PreparedDocument>>
    private let hits = Atomic<Int>(0)
    private let misses = Atomic<Int>(0)

    /// `maxBytes` bounds the documents' text; what is made of it takes a multiple.
    init(maxBytes: Int) { documents = Mutex(RecentlyUsed(maxBytes: maxBytes)) }

    subscript(text: String) -> PreparedDocument? {
        let found = documents.withLock { $0.value(for: Key(text: text)) }
        if found == nil {
            misses.wrappingAdd(1, ordering: .relaxed)
        } else {
            hits.wrappingAdd(1, ordering: .relaxed)
        }
        return found
    }

    var lookUps: DocumentLookUps {
        DocumentLookUps(
            hits: hits.load(ordering: .relaxed), misses: misses.load(ordering: .relaxed))
    }

    func insert(_ document: PreparedDocument, for text: String) {
        let size = text.utf8.count + 256
        documents.withLock { $0.insert(document, for: Key(text: text), bytes: size) }
    }
}

/// How often documents were found among those prepared before.
public struct DocumentLookUps: Sendable, Hashable {
    public let hits: Int
    public let misses: Int
}
