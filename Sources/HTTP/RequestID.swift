/// The name of one request in answers and logs.
enum RequestID {
    /// The client's own id when it has one that is safe to repeat (1 to 128 of `A-Za-z0-9._-`),
    /// otherwise a new one.
    static func choose(header: String?) -> String {
        if let header, isAcceptable(header) { return header }
        return generate()
    }

    static func isAcceptable(_ id: String) -> Bool {
        (1...128).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// 32 random hexadecimal digits.
    static func generate() -> String {
        var random = SystemRandomNumberGenerator()
        let number = (random.next() as UInt64, random.next() as UInt64)
        return String(unsafeUninitializedCapacity: 32) { bytes in
            for index in 0..<32 {
                let word = index < 16 ? number.0 : number.1
                let digit = UInt8(truncatingIfNeeded: word >> (UInt64(15 - index % 16) * 4)) & 15
                bytes.initializeElement(
                    at: index,
                    to: digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit)
            }
            return 32
        }
    }
}
