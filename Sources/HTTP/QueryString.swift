/// Decodes the query of a URL as `application/x-www-form-urlencoded`.
enum QueryString {
    /// Why a query cannot be read.
    enum Failure: Error, Equatable {
        /// The text of the name or value is not UTF-8 once its escapes are resolved.
        case invalidUTF8
        /// The parameter occurs twice.
        case repeated(String)
    }

    /// The parameters by name.
    /// - Parameter query: what follows the `?`, without it.
    static func decode(_ query: some StringProtocol) throws(Failure) -> [String: String] {
        var parameters: [String: String] = [:]
        for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = try text(parts.first.map { Array($0) } ?? [])
            let value = try text(parts.count == 2 ? Array(parts[1]) : [])
            guard parameters.updateValue(value, forKey: name) == nil else {
                throw .repeated(name)
            }
        }
        return parameters
    }

    private static func text(_ encoded: [UInt8]) throws(Failure) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(encoded.count)
        var index = 0
        while index < encoded.count {
            let byte = encoded[index]
            if byte == UInt8(ascii: "+") {
                bytes.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%"), index + 2 < encoded.count,
                let high = hexadecimal(encoded[index + 1]),
                let low = hexadecimal(encoded[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 2
            } else {
                bytes.append(byte)
            }
            index += 1
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .invalidUTF8 }
        return text
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
