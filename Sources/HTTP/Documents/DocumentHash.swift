import Crypto
import GraphQL

/// The SHA-256 of a document's text.
struct DocumentHash: Hashable, Sendable {
    private let high: UInt128
    private let low: UInt128

    init(of text: String) {
        var text = text
        let digest = text.withUTF8 { SHA256.hash(data: UnsafeRawBufferPointer($0)) }
        let bytes = Array(digest)
        high = bytes.prefix(16).reduce(0) { $0 << 8 | UInt128($1) }
        low = bytes.dropFirst(16).reduce(0) { $0 << 8 | UInt128($1) }
    }

    /// Reads 64 hexadecimal digits.
    init?(hexadecimal text: String) {
        guard text.utf8.count == 64, text.utf8.allSatisfy({ $0 != 0x2b && $0 != 0x2d }),
            let high = UInt128(text.prefix(32), radix: 16),
            let low = UInt128(text.suffix(32), radix: 16)
        else { return nil }
        self.high = high
        self.low = low
    }

    /// The hash that a request names its document by, nil when it names none.
    static func claimed(
        by request: GraphQL.Request
    ) throws(DocumentPolicy.Refusal) -> DocumentHash? {
        // https://www.apollographql.com/docs/apollo-server/performance/apq
        if let persisted = request.extensions?["persistedQuery"], persisted != .null,
            persisted["version"] != .int(1)
        {
            throw .init(
                code: .badRequest, message: "\"persistedQuery\" must have \"version\" 1")
        }
        guard let text = request.persistedHash else { return nil }
        guard let hash = DocumentHash(hexadecimal: text) else {
            throw .init(
                code: .badRequest,
                message: "The SHA-256 of a document must be 64 hexadecimal digits")
        }
        return hash
    }
}
