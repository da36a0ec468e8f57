import Crypto
import Foundation

/// How packets are exchanged with a peer over HTTP, as a caller gives it.
struct PeerHTTP: Sendable {
    static let maximumIncomingTokens = 1000

    let outgoing: OutgoingHTTP
    /// What the peer may present; nil where the caller did not say.
    let incomingTokens: [IncomingToken]?

    /// - Throws: `InvalidInput`.
    init(outgoing: OutgoingHTTP, incomingTokens: [String]?) throws {
        if let count = incomingTokens?.count, count > Self.maximumIncomingTokens {
            throw InvalidInput(
                "http.incoming.authTokens must have at most \(Self.maximumIncomingTokens) tokens")
        }
        self.outgoing = outgoing
        self.incomingTokens = try incomingTokens?.map { try IncomingToken($0) }
    }
}

/// Where packets for a peer are sent, and what is presented there.
package struct OutgoingHTTP: Sendable, Equatable {
    package let authToken: String
    package let endpoint: String

    /// What is in the database.
    init(storedAuthToken authToken: String, endpoint: String) {
        self.authToken = authToken
        self.endpoint = endpoint
    }

    /// - Throws: `InvalidInput` unless the token has 1 to 255 characters and the endpoint is an
    ///   `http` or `https` URL of up to 255.
    init(authToken: String, endpoint: String) throws {
        try checkToken(authToken, "http.outgoing.authToken")
        try InvalidInput.check(endpoint, "http.outgoing.endpoint")
        guard Self.isURL(endpoint) else {
            throw InvalidInput(
                "http.outgoing.endpoint must be a URL such as https://peer.example/ilp")
        }
        self.init(storedAuthToken: authToken, endpoint: endpoint)
    }

    private static func isURL(_ text: String) -> Bool {
        guard
            text.unicodeScalars.allSatisfy({ !$0.properties.isWhitespace && $0 != "\\" }),
            let components = URLComponents(string: text),
            ["http", "https"].contains(components.scheme?.lowercased()),
            let host = components.host, !host.isEmpty
        else { return false }
        return components.port.map { (1...65535).contains($0) } ?? true
    }
}

/// What a peer presents to say who it is. Kept as SHA-256 alone, which finds the peer again.
struct IncomingToken: Sendable {
    let hash: [UInt8]

    /// - Throws: `InvalidInput` unless it has 1 to 255 characters.
    init(_ text: String) throws {
        try checkToken(text, "http.incoming.authTokens")
        hash = Array(SHA256.hash(data: Array(text.utf8)))
    }
}

/// A token travels in a header, which is trimmed: spaces alone are no token.
private func checkToken(_ text: String, _ field: String) throws {
    try InvalidInput.check(text, field)
    guard !text.allSatisfy(\.isWhitespace) else {
        throw InvalidInput("\(field) must not be blank")
    }
}
