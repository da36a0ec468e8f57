import App
import HTTPTypes
import Testing

@testable import HTTP

@Suite struct CredentialsTests {
    private func credentials(_ fields: (HTTPField.Name, String)...) -> Credentials {
        var headers = HTTPFields()
        for (name, value) in fields { headers[name] = value }
        return Credentials(headers)
    }

    @Test func `keys and tenant are read from their headers`() {
        let credentials = credentials((.apiKey, " key "), (.tenantID, "tenant"))
        #expect(credentials.apiKey == "key")
        #expect(credentials.tenantID == "tenant")
        #expect(credentials.sessionKey == nil)
    }

    @Test(arguments: ["Bearer abc", "bearer abc", "BEARER   abc ", "Bearer\tabc", "abc"])
    func `a session key comes with or without its scheme`(value: String) {
        #expect(credentials((.authorization, value)).sessionKey == "abc")
    }

    @Test(arguments: ["", " ", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz"])
    func `what is no session key is none`(value: String) {
        #expect(credentials((.authorization, value)).sessionKey == nil)
    }

    @Test func `empty headers count as absent`() {
        let credentials = credentials((.apiKey, ""), (.tenantID, "  "))
        #expect(credentials.apiKey == nil)
        #expect(credentials.tenantID == nil)
    }
}
