import Testing

@testable import App

@Suite struct WebhookSignatureTests {
    private static let body = #"{"data":{},"id":"1","type":"webhook.test"}"#

    /// `printf '1700000000.{...}' | openssl dgst -sha256 -hmac secret`
    @Test func `the signature is what openssl computes`() {
        #expect(
            WebhookSignature.header(of: Self.body, at: 1_700_000_000, secrets: ["secret"])
                == "t=1700000000, v1="
                + "7e838a8c6d026d8cdd21ed75898017e2f1c2bd5cfca7de6a96bda71cefda04c8")
    }

    private static func fault(
        _ header: String, secret: String = "new", body: String = body, now: Int = 1000
    ) -> WebhookSignature.Fault? {
        WebhookSignature.fault(in: header, body: body, secret: secret, now: now)
    }

    @Test func `during a rotation either secret verifies`() {
        let header = WebhookSignature.header(of: Self.body, at: 1000, secrets: ["new", "old"])
        #expect(header.split(separator: "v1=").count == 3)
        #expect(Self.fault(header) == nil)
        #expect(Self.fault(header, secret: "old") == nil)
        #expect(Self.fault(header, secret: "other") == .wrong)
    }

    @Test func `another body, time or form is refused`() {
        let header = WebhookSignature.header(of: Self.body, at: 1000, secrets: ["new"])
        #expect(Self.fault(header, body: Self.body + " ") == .wrong)
        #expect(Self.fault(header.replacing("t=1000", with: "t=1001")) == .wrong)
        #expect(Self.fault(header, now: 1301) == .tooOld(seconds: 301))
        #expect(Self.fault(header, now: 699) == .tooOld(seconds: -301))
        #expect(Self.fault(header, now: 1300) == nil)
        for malformed in ["", "t=1000", "v1=00", "t=x, v1=00", "nonsense", "t=1000,v1"] {
            #expect(Self.fault(malformed) == .malformed, "\(malformed)")
        }
        #expect(Self.fault("t=\(Int.min), v1=00") == .wrong)
    }
}
