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

    @Test func `prices are not fetched from a private address for a tenant`() async throws {
        try await TestReceiver.with({ _ in .init(200, body: #"{"USD": 1, "EUR": 2}"#) }) { prices in
            try await GraphQLTester.with { tester in
                let tenant = try await tester.makeTenant().credentials
                let plain = try await tester.send(
                    Self.set, ["input": ["url": .string(prices.url)]], as: tenant
                ).data.setPricesUrl
                #expect(plain.code == "400")
                #expect(
                    plain.message.text?.hasPrefix("Invalid url: 127.0.0.1 has an address") == true)
                // What a name stands for is looked up when it is asked.
                _ = try await tester.mutate(
                    Self.set, ["input": ["url": .string("http://localhost:\(prices.port)/")]],
                    as: tenant)
                let dollars = try await tester.makePointer(as: tenant)
                let euros = try await tester.makePointer(code: "EUR", as: tenant)
                let quote = try await tester.createQuote(
                    [
                        "paymentPointerId": .string(dollars.id),
                        "receiver": .string(try await tester.makeReceiver(euros, as: tenant)),
                        "sendAmount": dollars.amount(100),
                    ], as: tenant)
                #expect(quote.code == "503")
                #expect(prices.requests.isEmpty)
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
