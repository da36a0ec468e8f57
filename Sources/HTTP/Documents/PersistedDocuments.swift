import GraphQL
import Synchronization

/// Documents by their SHA-256, as clients sent them: automatic persisted queries. The least
/// recently used are dropped first.
///
/// All tenants share them. A document is no secret, it holds no values of its own unless somebody
/// writes them into it, and whoever knows the hash knows the document; what an operation may read
/// or do is decided by the caller alone. All that one tenant can do to another is to have
/// documents forgotten, which costs a client one more round trip.
final class PersistedDocuments: Sendable {
    /// What an entry takes beside its text, in bytes, so that many short ones are bounded too.
    private static let overhead = 128

    let isEnabled: Bool
    private let texts: Mutex<RecentlyUsed<DocumentHash, String>>

    /// - Parameter maxBytes: how much text is kept; 0 keeps none.
    init(maxBytes: Int) {
        isEnabled = maxBytes > 0
        texts = Mutex(RecentlyUsed(maxBytes: maxBytes))
    }

    subscript(hash: DocumentHash) -> String? {
        texts.withLock { $0.value(for: hash) }
    }

    func insert(_ text: String) {
        let hash = DocumentHash(of: text)
        let size = text.utf8.count + Self.overhead
        texts.withLock { $0.insert(text, for: hash, bytes: size) }
    }

    /// Bytes kept.
    var bytes: Int { texts.withLock { $0.bytes } }
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
