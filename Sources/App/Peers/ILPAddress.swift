/// An address of an Interledger node, as its RFC 15 has it: an allocation scheme and one or more
/// segments, divided by dots.
struct ILPAddress: Sendable, Equatable {
    static let maximumLength = 1023
    private static let schemes: Set<String> = [
        "g", "private", "example", "peer", "self", "test", "test1", "test2", "test3", "local",
    ]

    let text: String

    /// - Throws: `PeerError.invalidAddress`.
    init(_ text: String) throws {
        let segments = text.utf8.split(
            separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.maximumLength, segments.count > 1,
            let scheme = segments.first,
            Self.schemes.contains(String(decoding: scheme, as: UTF8.self)),
            segments.allSatisfy({ !$0.isEmpty && $0.allSatisfy(Self.isAllowed) })
        else { throw PeerError.invalidAddress }
        self.text = text
    }

    /// The addresses that this one is or goes on after with a dot, itself included. A scheme alone
    /// is no address.
    var prefixes: [String] {
        var prefixes: [String] = []
        var isAfterScheme = false
        for (index, byte) in zip(text.utf8.indices, text.utf8) where byte == UInt8(ascii: ".") {
            if isAfterScheme { prefixes.append(String(text[..<index])) }
            isAfterScheme = true
        }
        return prefixes + [text]
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "~"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
