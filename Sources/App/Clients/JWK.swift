import GraphQL
import OrderedCollections

/// A JSON Web Key as a client gave it: a JSON object, whose members are not looked at.
struct JWK: Sendable, Equatable {
    /// The longest text, in bytes.
    static let maximumBytes = 8192

    /// The object without white space.
    let text: String

    /// - Throws: `ClientError.invalidJWK`.
    init(_ text: String) throws(ClientError) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.maximumBytes, (try? JSONReader.members(bytes)) != nil else {
            throw .invalidJWK
        }
        self.text = Self.withoutSpace(bytes)
    }

    /// One that was checked before.
    init(stored text: String) {
        self.text = text
    }

    /// The same key with `"revoked": true`.
    /// - Throws: `JSONError` for a stored text that is no object.
    var revoked: JWK {
        get throws {
            var members = try JSONReader.members(Array(text.utf8))
            members.removeValue(forKey: "revoked")
            let written = members.map { name, value in
                CanonicalJSON.string(name).text + ":" + String(decoding: value, as: UTF8.self)
            }
            return JWK(stored: "{" + (written + [#""revoked":true"#]).joined(separator: ",") + "}")
        }
    }

    /// JSON without the white space between its tokens.
    private static func withoutSpace(_ json: [UInt8]) -> String {
        var kept: [UInt8] = []
        kept.reserveCapacity(json.count)
        var isInString = false
        var isEscaped = false
        for byte in json {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
            } else if byte <= 0x20 {
                continue
            } else if byte == UInt8(ascii: "\"") {
                isInString = true
            }
            kept.append(byte)
        }
        return String(decoding: kept, as: UTF8.self)
    }
}
