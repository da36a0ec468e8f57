import Testing

@testable import App
@testable import HTTP

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"), ("255.255.255.255", "255.255.255.255"),
        ("::1", "::1"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("fe80::1%eth0", "fe80::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"), ("::", "::"),
    ])
    func `an address is read and written in its usual notation`(text: String, shown: String) {
        #expect(IPAddress(text)?.description == shown)
    }

    @Test(arguments: [
        "", " ", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.4/8", "::g", "1::2::3", "host",
    ])
    func `what is no address is refused`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false),
        ("10.1.2.3/8", "10.9.9.9", true), ("192.0.2.1", "192.0.2.1", true),
        ("192.0.2.1", "192.0.2.2", false), ("0.0.0.0/0", "203.0.113.9", true),
        ("0.0.0.0/0", "::1", false), ("::/0", "2001:db8::1", true),
        ("2001:db8::/33", "2001:db8:7fff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
        ("::1/128", "::1", true), ("10.0.0.0/8", "::ffff:10.1.1.1", true),
        ("::ffff:10.0.0.0/104", "10.200.0.1", true),
    ])
    func `a block contains the addresses with its prefix`(
        block: String, address: String, contained: Bool
    ) throws {
        let block = try #require(AddressBlock(block))
        let address = try #require(IPAddress(address))
        #expect(block.contains(address) == contained)
    }

    @Test(arguments: [
        "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8",
        "::1/129", "10.0.0.0/x", "10.0.0.0/0008", "fe80::1%eth0/64", "::ffff:10.0.0.0/64",
    ])
    func `what is no block is refused`(text: String) {
        #expect(AddressBlock(text) == nil)
    }
}

@Suite struct ClientAddressTests {
    private let resolver = ClientAddress(
        trustedProxies: ["10.0.0.0/8", "::1"].compactMap { AddressBlock($0) })

    private func client(_ peer: String, _ forwardedFor: String?) -> String? {
        resolver.resolve(peer: IPAddress(peer), forwardedFor: forwardedFor)?.description
    }

    @Test func `a stranger's header is not believed`() {
        #expect(client("203.0.113.5", "198.51.100.1") == "203.0.113.5")
    }

    @Test func `the rightmost address that is no trusted proxy is the client`() {
        #expect(client("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2") == "198.51.100.1")
        #expect(client("::1", "198.51.100.1") == "198.51.100.1")
    }

    @Test func `without the header the proxy itself is the client`() {
        #expect(client("10.0.0.1", nil) == "10.0.0.1")
    }

    @Test func `when all hops are trusted the farthest is the client`() {
        #expect(client("10.0.0.1", "10.0.0.3,10.0.0.2") == "10.0.0.3")
    }

    @Test(arguments: [
        ("198.51.100.1:5000", "198.51.100.1"), ("[2001:db8::9]:443", "2001:db8::9"),
        ("[2001:db8::9]", "2001:db8::9"), ("2001:db8::9", "2001:db8::9"),
        ("  198.51.100.1\t", "198.51.100.1"),
    ])
    func `ports, brackets and blanks are understood`(header: String, expected: String) {
        #expect(client("10.0.0.1", header) == expected)
    }

    @Test(arguments: [
        "unknown", "", ",", "_hidden", "198.51.100.1:99999", "[2001:db8::9", "[::1]x",
        "198.51.100.1, garbage", "198.51.100.1,",
    ])
    func `an entry that is no address ends the walk at the last hop known`(header: String) {
        #expect(client("10.0.0.1", header) == "10.0.0.1")
    }

    @Test func `a connection without an address has none`() {
        #expect(resolver.resolve(peer: nil, forwardedFor: "198.51.100.1") == nil)
    }
}
