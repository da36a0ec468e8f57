import Foundation

/// A URL that requests can be sent to: `http` or `https`, a host, no user or password.
package struct OutboundURL: Sendable, Hashable {
    package static let maximumLength = 2048

    package let text: String
    /// As it is written in the URL, an IPv6 address without its brackets.
    package let host: String

    /// - Throws: `OutboundError.badURL`.
    package init(_ text: String) throws(OutboundError) {
        guard !text.isEmpty, text.utf8.count <= Self.maximumLength else {
            throw .badURL("must have 1 to \(Self.maximumLength) characters")
        }
        guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .badURL("must be ASCII without spaces: encode other characters")
        }
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(),
            ["http", "https"].contains(scheme)
        else { throw .badURL("must begin with https:// or http://") }
        guard url.user == nil, url.password == nil else {
            throw .badURL("must hold no user name and no password")
        }
        var host = url.host ?? ""
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        let isName = !host.isEmpty && host.utf8.allSatisfy(Self.isNameByte)
        guard isName || Self.isIPv6(host) else { throw .badURL("must name a host") }
        if let port = url.port, !(1...65535).contains(port) {
            throw .badURL("must have a port from 1 to 65535")
        }
        self.text = text
        self.host = host
    }

    private static func isIPv6(_ host: String) -> Bool {
        host.contains(":") && !host.contains("%") && IPAddress(host) != nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
