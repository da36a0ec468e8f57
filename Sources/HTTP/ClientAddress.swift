package import App

/// Decides whose request it is when proxies stand between: `X-Forwarded-For` is believed only as
/// far as the hops that wrote it are trusted.
package struct ClientAddress: Sendable {
    private let trustedProxies: [AddressBlock]

    package init(trustedProxies: [AddressBlock]) {
        self.trustedProxies = trustedProxies
    }

    /// The address that the request came from.
    ///
    /// Each proxy appends the address it was called from, so the list is read from its right end:
    /// the first address that is not a trusted proxy's is the client. An entry that is no address
    /// ends the walk at the last hop known, because everything left of it may be forged.
    /// - Parameters:
    ///   - peer: the other end of the connection, nil when it has no address.
    ///   - forwardedFor: the header's value, several lines joined by commas.
    package func resolve(peer: IPAddress?, forwardedFor: String?) -> IPAddress? {
        guard let peer, isTrusted(peer), let forwardedFor else { return peer }
        var nearest = peer
        for hop in forwardedFor.split(separator: ",", omittingEmptySubsequences: false).reversed() {
            guard let address = Self.address(inHop: hop) else { return nearest }
            nearest = address
            if !isTrusted(address) { return address }
        }
        return nearest
    }

    private func isTrusted(_ address: IPAddress) -> Bool {
        trustedProxies.contains { $0.contains(address) }
    }

    /// Reads `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]` and `[2001:db8::1]:443`.
    private static func address(inHop hop: Substring) -> IPAddress? {
        let text = hop.trimmingBlanks()
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || isPort(rest) else { return nil }
            return IPAddress(text[text.index(after: text.startIndex)..<end])
        }
        if let colon = text.firstIndex(of: ":"), text.lastIndex(of: ":") == colon {
            guard isPort(text[colon...]) else { return nil }
            return IPAddress(text[..<colon])
        }
        return IPAddress(text)
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.first == ":" && UInt16(text.dropFirst()) != nil
    }
}

extension Substring {
    /// Without the blanks and tabs at either end.
    func trimmingBlanks() -> Substring {
        var text = self.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
