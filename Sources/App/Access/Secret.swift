import Crypto
import Foundation

/// A secret that the server hands out once: `hz_<kind>_<random><checksum>`.
///
/// The random part has 256 bits, so an unsalted SHA-256 is safe to keep and quick to look up. The
/// checksum lets people, secret scanners and the server tell a mistyped key without a look-up.
package struct Secret: Sendable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        /// Administers a tenant; sent as `x-api-key`.
        case tenantKey = "tk"
        /// Belongs to a payment pointer; redeemed for a session.
        case paymentPointerKey = "pk"
        /// Short-lived; sent as `Authorization: Bearer`.
        case session = "ss"
        /// Signs a tenant's webhook events.
        case webhook = "wh"
    }

    package let kind: Kind
    /// The whole secret. Shown to its holder once, never stored, never logged.
    package let text: String

    /// Of `hz_<kind>_`.
    private static let prefixLength = 6
    /// 62^43 is a little more than 2^256.
    private static let randomLength = 43
    private static let checksumLength = 6
    private static let alphabet = Array(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// A new secret from the system's cryptographic generator.
    package static func random(_ kind: Kind) -> Secret {
        var generator = SystemRandomNumberGenerator()
        let digits = (0..<randomLength).compactMap { _ in alphabet.randomElement(using: &generator)
        }
        let body = Array("hz_\(kind.rawValue)_".utf8) + digits
        return Secret(
            kind: kind, text: String(decoding: body + checksum(of: body[...]), as: UTF8.self))
    }

    /// Reads a secret; nil unless prefix, length and checksum are right.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        let body = bytes.dropLast(Self.checksumLength)
        guard bytes.count == Self.prefixLength + Self.randomLength + Self.checksumLength,
            bytes.starts(with: "hz_".utf8), bytes[Self.prefixLength - 1] == UInt8(ascii: "_"),
            let kind = Kind(rawValue: String(decoding: bytes[3..<5], as: UTF8.self)),
            bytes[body.endIndex...].elementsEqual(Self.checksum(of: body))
        else { return nil }
        self.init(kind: kind, text: text)
    }

    private init(kind: Kind, text: String) {
        self.kind = kind
        self.text = text
    }

    /// What is stored and looked up.
    package var hash: [UInt8] { Self.hash(of: text) }

    /// What would be stored of a text if it is a secret.
    static func hash(of text: String) -> [UInt8] {
        var text = text
        let digest = text.withUTF8 { SHA256.hash(data: UnsafeRawBufferPointer($0)) }
        // In one piece: byte by byte, as a sequence, it is copied several times.
        return digest.withUnsafeBytes { Array($0) }
    }

    /// Enough to recognise a key in a list, far too little to use it.
    package var prefix: String { String(text.prefix(12)) }

    package var description: String { "\(prefix)…" }

    private static func checksum(of body: ArraySlice<UInt8>) -> [UInt8] {
        var number = SHA256.hash(data: body).prefix(8).reduce(UInt64(0)) {
            $0 << 8 | UInt64($1)
        }
        return (0..<checksumLength).map { _ in
            let (quotient, remainder) = number.quotientAndRemainder(
                dividingBy: UInt64(alphabet.count))
            number = quotient
            return alphabet[Int(remainder)]
        }
    }
}

/// The operator's key and, during a rotation, its previous one, kept as hashes.
package struct OperatorKeys: Sendable {
    private let hashes: [SHA256Digest]

    /// - Parameter keys: texts of 32 characters or more, from the configuration.
    package init(_ keys: [String]) {
        hashes = keys.map { SHA256.hash(data: Array($0.utf8)) }
    }

    /// Compares with every key in constant time.
    package func contains(_ key: String) -> Bool {
        let digest = SHA256.hash(data: Array(key.utf8))
        return hashes.reduce(false) { found, hash in (hash == digest) || found }
    }
}
