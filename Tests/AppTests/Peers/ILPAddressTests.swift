import Testing

@testable import App

@Suite struct ILPAddressTests {
    @Test(arguments: [
        "test.0", "g.a-b~c_D", "g.bank.alice", "private.x", "example.x", "peer.x", "self.x",
        "test1.x", "test2.x", "test3.x", "local.x", "g." + String(repeating: "a", count: 1021),
    ])
    func `an address has a scheme and segments`(_ text: String) throws {
        #expect(try ILPAddress(text).text == text)
    }

    @Test func `an address goes on after its prefixes, each more than a scheme`() throws {
        #expect(try ILPAddress("g.a").prefixes == ["g.a"])
        #expect(try ILPAddress("g.a.b-c.d").prefixes == ["g.a", "g.a.b-c", "g.a.b-c.d"])
    }

    @Test(arguments: [
        "", "test", "g.", ".g", "test.a..b", "test.hello!", "TEST.a", "foo.bar", "test.a.",
        "test.a b", " test.a", "test.a ", "test.ä", "test.a\n", "test.a\u{0}", "test4.a", "g/a",
        "test.\u{0430}", "g." + String(repeating: "a", count: 1022),
    ])
    func `anything else is no address`(_ text: String) {
        #expect(throws: PeerError.invalidAddress) { try ILPAddress(text) }
    }
}
