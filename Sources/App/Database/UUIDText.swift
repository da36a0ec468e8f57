package import Foundation

extension UUID {
    private static let textLength = 36

    /// The canonical text of RFC 9562: lower case, hyphenated.
    package var canonicalText: String {
        withUnsafeBytes(of: uuid) { bytes in
            String(unsafeUninitializedCapacity: Self.textLength) { text in
                var place = 0
                for (index, byte) in bytes.enumerated() {
                    if Self.isAfterHyphen(index) {
                        text[place] = UInt8(ascii: "-")
                        place += 1
                    }
                    text[place] = Self.digit(byte >> 4)
                    text[place + 1] = Self.digit(byte & 15)
                    place += 2
                }
                return place
            }
        }
    }

    /// Reads the hyphenated text of a UUID of any version (RFC 9562), in any case; nil for
    /// anything else.
    init?(text: String) {
        guard text.utf8.count == Self.textLength else { return nil }
        var text = text
        let value = text.withUTF8 { text -> uuid_t? in
            var value: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
            let isRead = withUnsafeMutableBytes(of: &value) { Self.read(text, into: $0) }
            return isRead ? value : nil
        }
        guard let value else { return nil }
        self.init(uuid: value)
    }

    private static func read(
        _ text: UnsafeBufferPointer<UInt8>, into bytes: UnsafeMutableRawBufferPointer
    ) -> Bool {
        var place = 0
        for index in bytes.indices {
            if isAfterHyphen(index) {
                guard text[place] == UInt8(ascii: "-") else { return false }
                place += 1
            }
            guard let high = value(of: text[place]), let low = value(of: text[place + 1]) else {
                return false
            }
            bytes[index] = high << 4 | low
            place += 2
        }
        return true
    }

    /// Whether a hyphen stands before the byte of this index.
    private static func isAfterHyphen(_ index: Int) -> Bool {
        index == 4 || index == 6 || index == 8 || index == 10
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
