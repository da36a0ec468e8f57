extension IPAddress {
    /// Whether the address is one of the public Internet, as against this machine, its network and
    /// what the registries of IANA keep for special purposes.
    ///
    /// An IPv6 address that stands for an IPv4 one (NAT64 and 6to4; a mapped one already is the
    /// IPv4 one) is as public as that.
    package var isPublic: Bool {
        switch family {
        case .v4: return !Self.reservedV4.contains { $0.contains(self) }
        case .v6:
            if let embedded { return embedded.isPublic }
            return Self.globalUnicast.contains { $0.contains(self) }
                && !Self.reservedV6.contains { $0.contains(self) }
        }
    }

    private var embedded: IPAddress? {
        func v4(_ shift: Int) -> IPAddress {
            IPAddress(family: .v4, bits: (bits >> UInt128(shift)) & 0xffff_ffff)
        }
        // 64:ff9b::/96 of RFC 6052, 2002::/16 of RFC 3056.
        if bits >> 32 == 0x0064_ff9b << 64 { return v4(0) }
        if bits >> 112 == 0x2002 { return v4(80) }
        return nil
    }

    private static let globalUnicast = blocks(["2000::/3"])

    private static let reservedV4 = blocks([
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    ])

    /// Within the global unicast block: protocol assignments with Teredo, and documentation.
    private static let reservedV6 = blocks(["2001::/23", "2001:db8::/32", "3fff::/20"])

    private static func blocks(_ texts: [String]) -> [AddressBlock] {
        texts.compactMap { AddressBlock($0) }
    }
}
