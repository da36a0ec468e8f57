import Testing

@testable import App

@Suite struct PublicAddressTests {
    @Test(arguments: [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
        "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255",
        "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255",
        "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
        "255.255.255.255",
    ])
    func `special IPv4 addresses are not public, in none of their IPv6 forms`(
        text: String
    ) throws {
        let address = try #require(IPAddress(text))
        #expect(!address.isPublic)
        for form in ["::ffff:\(text)", "::\(text)", "64:ff9b::\(text)", "::ffff:0:\(text)"] {
            #expect(try #require(IPAddress(form)).isPublic == false, "\(form)")
        }
        let high = String(address.bits >> 16, radix: 16)
        let low = String(address.bits & 0xffff, radix: 16)
        #expect(try #require(IPAddress("2002:\(high):\(low)::1")).isPublic == false)
    }

    @Test(arguments: [
        "::", "::1", "::2", "fc00::1", "fdff::1", "fe80::1", "febf::1", "fec0::1", "ff02::1",
        "64:ff9b:1::1", "100::1", "2001::1", "2001:10::1", "2001:db8::1", "3fff::1", "5f00::1",
        "4000::1",
    ])
    func `special IPv6 addresses are not public`(text: String) throws {
        #expect(try #require(IPAddress(text)).isPublic == false)
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255",
        "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
        "198.20.0.0", "223.255.255.255", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:101:101::1",
        "2606:4700:4700::1111", "2a00:1450::1", "2001:4860:4860::8888",
    ])
    func `addresses of the Internet are public`(text: String) throws {
        #expect(try #require(IPAddress(text)).isPublic)
    }
}
