import App
import TestSupport
import Testing

@Suite struct PriceSettingsTests {
    private static let set = """
        mutation($input: SetPricesUrlInput!) {
          setPricesUrl(input: $input) { code success message priceSettings { url } }
        }
        """

    private func url(_ tester: GraphQLTester, _ tenant: Credentials) async throws -> JSON {
        try await tester.send("{ priceSettings { url } }", as: tenant).data.priceSettings.url
    }

    @Test func `a tenant's own prices are set and removed, and are no other's`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant().credentials
            let other = try await tester.makeTenant().credentials
            #expect(try await url(tester, tenant).isNull)
            let answer = try await tester.mutate(
                Self.set, ["input": ["url": "https://prices.example/all?key=1"]], as: tenant)
            #expect(answer.priceSettings.url == "https://prices.example/all?key=1")
            #expect(try await url(tester, tenant) == "https://prices.example/all?key=1")
            #expect(try await url(tester, other).isNull)
            for input in [["url": nil], [:]] as [JSON] {
                _ = try await tester.mutate(
                    Self.set, ["input": ["url": "http://prices.example"]], as: tenant)
                let removed = try await tester.mutate(Self.set, ["input": input], as: tenant)
                #expect(removed.priceSettings.url.isNull)
                #expect(try await url(tester, tenant).isNull)
            }
        }
    }

    @Test(arguments: [
        "", "prices.example", "ftp://prices.example", "https://",
        "https://me:secret@prices.example/",
        "https://prices.example/a b", "file:///etc/passwd",
        "https://prices.example/" + String(repeating: "x", count: 2048),
    ])
    func `what is no URL to ask is refused`(_ text: String) async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant().credentials
            let answer = try await tester.send(
                Self.set, ["input": ["url": .string(text)]], as: tenant
            ).data.setPricesUrl
            #expect(answer.code == "400")
            #expect(answer.message.text?.hasPrefix("Invalid url: the URL must") == true)
            #expect(answer.priceSettings.isNull)
        }
    }
}
