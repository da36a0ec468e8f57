#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An IPv4 or IPv6 address. An IPv4 address mapped into IPv6 (`::ffff:192.0.2.1`) is the IPv4 one,
/// so that a dual-stack listener and a block written in IPv4 agree.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    package enum Family: Hashable, Sendable {
        case v4
        case v6

        /// How many bits an address of the family has.
        package var width: Int { self == .v4 ? 32 : 128 }
    }

    package let family: Family
    /// In two halves: a 128-bit number is aligned so that what holds one is slow to allocate.
    private let high: UInt64
    private let low: UInt64

    var bits: UInt128 { UInt128(high) << 64 | UInt128(low) }

    private static let mappedPrefix: UInt128 = 0xffff

    init(family: Family, bits: UInt128) {
        self.family = family
        high = UInt64(truncatingIfNeeded: bits >> 64)
        low = UInt64(truncatingIfNeeded: bits)
    }

    /// An address from its bytes, the first one of most weight: 4 of them, or 16.
    package init?(bytes: [UInt8]) {
        let bits = bytes.reduce(0) { $0 << 8 | UInt128($1) }
        switch bytes.count {
        case 4: self.init(family: .v4, bits: bits)
        case 16 where bits >> 32 == Self.mappedPrefix:
            self.init(family: .v4, bits: bits & 0xffff_ffff)
        case 16: self.init(family: .v6, bits: bits)
        default: return nil
        }
    }

    /// Reads an address in the usual notation; a zone (`%eth0`) is dropped.
    package init?(_ text: some StringProtocol) {
        let address = text.prefix { $0 != "%" }
        guard
            let bytes = Self.parse(String(address), AF_INET, count: 4)
                ?? Self.parse(String(address), AF_INET6, count: 16)
        else { return nil }
        self.init(bytes: bytes)
    }

    package var description: String {
        if family == .v4 {
            let word = UInt32(truncatingIfNeeded: bits)
            return "\(word >> 24).\(word >> 16 & 255).\(word >> 8 & 255).\(word & 255)"
        }
        var storage = in6_addr()
        withUnsafeMutableBytes(of: &storage) { raw in
            for index in raw.indices {
                raw[index] = UInt8(truncatingIfNeeded: bits >> UInt128((15 - index) * 8))
            }
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, &storage, &text, socklen_t(text.count)) != nil else { return "" }
        return text.withUnsafeBufferPointer { buffer in
            String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    /// The address with all but its first `length` bits cleared.
    package func masked(to length: Int) -> IPAddress {
        let cleared = UInt128(family.width - min(max(length, 0), family.width))
        return IPAddress(family: family, bits: cleared >= 128 ? 0 : (bits >> cleared) << cleared)
    }

    private static func parse(_ text: String, _ family: Int32, count: Int) -> [UInt8]? {
        var storage = [UInt8](repeating: 0, count: count)
        return inet_pton(family, text, &storage) == 1 ? storage : nil
    }
}

/// A range of addresses: one address, or a CIDR block such as `10.0.0.0/8` or `2001:db8::/32`.
package struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    package let base: IPAddress
    package let prefixLength: Int

    /// Reads `address` or `address/length`. Bits after the prefix are ignored; a length outside the
    /// address's width, or anything but digits, gives nil.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, !first.contains("%") else { return nil }
        guard let address = IPAddress(first) else { return nil }
        var length = address.family.width
        if parts.count == 2 {
            let digits = parts[1]
            guard (1...3).contains(digits.utf8.count), digits.allSatisfy(\.isASCIIDigit) else {
                return nil
            }
            guard var given = Int(digits) else { return nil }
            // A block of mapped addresses counts its prefix from the start of the IPv6 address.
            if address.family == .v4, first.contains(":") { given -= 96 }
            guard (0...address.family.width).contains(given) else { return nil }
            length = given
        }
        base = address.masked(to: length)
        prefixLength = length
    }

    package func contains(_ address: IPAddress) -> Bool {
        address.family == base.family && address.masked(to: prefixLength) == base
    }

    package var description: String { "\(base)/\(prefixLength)" }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
