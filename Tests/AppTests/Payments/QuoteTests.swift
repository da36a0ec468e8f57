import App
import Foundation
import TestSupport
import Testing

@Suite struct QuoteTests {
    static func withPrices(_ configuration: inout AppConfiguration) {
        let table = try? PriceTable(json: Array(#"{"USD": 1.0, "EUR": 1.25, "XRP": 0.3}"#.utf8))
        if let table { configuration.payments.prices.source = .fixed(table) }
    }

    @Test func `within an asset what is sent arrives`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(as: tenant.credentials)
            let bob = try await tester.makePointer(as: tenant.credentials)
            let receiver = try await tester.makeReceiver(bob, 500, as: tenant.credentials)
            for input: JSON in [
                ["sendAmount": alice.amount(500)], ["receiveAmount": bob.amount(500)], [:],
            ] {
                let answer = try await quote(tester, alice, receiver, input, tenant)
                #expect(answer.code == "200", "\(input)")
                let quote = answer.quote
                #expect(quote.sendAmount == alice.amount(500))
                #expect(quote.receiveAmount == bob.amount(500))
                #expect(quote.fee == alice.amount(0))
                #expect(quote.receiver == .string(receiver))
                #expect(quote.maxPacketAmount == "9223372036854775807")
                #expect(quote.minExchangeRate == .number(1))
                #expect(quote.lowEstimatedExchangeRate == .number(1))
                #expect(quote.highEstimatedExchangeRate == .number(1))
                let stored = try await tester.send(
                    "query($id: String!) { quote(id: $id) { receiver sendAmount { value } } }",
                    ["id": quote.id], as: tenant.credentials
                ).data.quote
                #expect(stored.sendAmount.value == "500")
            }
        }
    }

    @Test func `between currencies the rate is exact, and rounds against the sender`() async throws
    {
        try await GraphQLTester.with(configure: Self.withPrices) { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(code: "EUR", as: tenant.credentials)
            let bob = try await tester.makePointer(code: "XRP", scale: 6, as: tenant.credentials)
            let receiver = try await tester.makeReceiver(bob, as: tenant.credentials)
            // 1.25 / 0.3 x 10^4 = 41666.66...
            let cases: [(JSON, String, String)] = [
                (["sendAmount": alice.amount(1)], "1", "41666"),
                (["sendAmount": alice.amount(3)], "3", "125000"),
                (["receiveAmount": bob.amount(125_000)], "3", "125000"),
                (["receiveAmount": bob.amount(125_001)], "4", "125001"),
                (["receiveAmount": bob.amount(1)], "1", "1"),
            ]
            for (input, send, receive) in cases {
                let answer = try await quote(tester, alice, receiver, input, tenant)
                #expect(answer.quote.sendAmount.value == .string(send), "\(input)")
                #expect(answer.quote.receiveAmount.value == .string(receive), "\(input)")
            }
            let back = try await tester.makeReceiver(alice, as: tenant.credentials)
            let nothing = try await quote(tester, bob, back, ["sendAmount": bob.amount(1)], tenant)
            #expect(nothing.code == "400")
            #expect(nothing.message == "invalid amount")
        }
    }

    @Test func `without a price there is no quote, and it says of what`() async throws {
        try await GraphQLTester.with(configure: Self.withPrices) { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(code: "EUR", as: tenant.credentials)
            let bob = try await tester.makePointer(code: "KES", as: tenant.credentials)
            let receiver = try await tester.makeReceiver(bob, as: tenant.credentials)
            let answer = try await quote(
                tester, alice, receiver, ["sendAmount": alice.amount(1)], tenant)
            #expect(answer.code == "400")
            #expect(answer.message == "no price for KES")
        }
    }

    @Test func `what cannot be quoted is refused in the documented order`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(as: tenant.credentials)
            let bob = try await tester.makePointer(as: tenant.credentials)
            let open = try await tester.makeReceiver(bob, as: tenant.credentials)
            let limited = try await tester.makeReceiver(bob, 500, as: tenant.credentials)
            let unknown = JSON.string("\(bob.url)/incoming-payments/\(UUID())")
            let euro = GraphQLTester.TestPointer(id: "", url: "", code: "EUR", scale: 2)
            let cases: [(JSON, String, String)] = [
                (
                    ["sendAmount": alice.amount(1), "receiveAmount": bob.amount(1)], "400",
                    "invalid amount"
                ),
                (["paymentPointerId": "no id"], "404", "unknown payment pointer"),
                (["sendAmount": alice.amount(0)], "400", "invalid amount"),
                (["sendAmount": euro.amount(1), "receiver": unknown], "400", "invalid amount"),
                (["receiveAmount": bob.amount(0), "receiver": unknown], "400", "invalid amount"),
                (["receiver": unknown], "400", "invalid receiver"),
                (["receiver": .string(bob.url)], "400", "invalid receiver"),
                (["receiver": .string(open + "/")], "400", "invalid receiver"),
                (["receiver": "$wallet.example/bob"], "400", "invalid receiver"),
                (["receiver": ""], "400", "invalid receiver"),
                (
                    [
                        "receiver": .string(
                            "https://elsewhere.example/bob/incoming-payments/\(UUID())")
                    ], "400", "invalid receiver"
                ),
                (
                    ["receiver": .string(alice.url + "/incoming-payments/" + open.suffix(36))],
                    "400", "invalid receiver"
                ),
                (["receiveAmount": euro.amount(1)], "400", "invalid amount"),
                (
                    ["receiveAmount": bob.amount(501), "receiver": .string(limited)], "400",
                    "invalid amount"
                ),
                (
                    ["sendAmount": alice.amount(501), "receiver": .string(limited)], "400",
                    "invalid amount"
                ),
                ([:], "400", "invalid receiver"),
            ]
            for (input, code, message) in cases {
                let answer = try await quote(tester, alice, open, input, tenant)
                #expect(answer.code == .string(code), "\(input)")
                #expect(answer.message == .string(message), "\(input)")
                #expect(answer.quote.isNull)
            }
            let list = try await tester.send(
                "query($id: String!) { paymentPointer(id: $id) { quotes { edges { cursor } } } }",
                ["id": .string(alice.id)], as: tenant.credentials)
            #expect(list.data.paymentPointer.quotes.edges.items.isEmpty)
        }
    }

    @Test func `without an amount the quote is for what is still lacking`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(as: tenant.credentials)
            let bob = try await tester.makePointer(as: tenant.credentials)
            let receiver = try await tester.makeReceiver(bob, 500, as: tenant.credentials)
            let first = try await tester.makePayment(
                from: alice, to: receiver, sending: 200, as: tenant.credentials)
            try await tester.fund(first, as: tenant)
            _ = try await tester.payment(first, as: tenant.credentials)
            let answer = try await quote(tester, alice, receiver, [:], tenant)
            #expect(answer.quote.receiveAmount.value == "300")
        }
    }

    @Test func `an unknown quote is an error of the query`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            for id in ["no id", UUID().uuidString] {
                let response = try await tester.send(
                    "query($id: String!) { quote(id: $id) { id } }", ["id": .string(id)],
                    as: tenant.credentials)
                #expect(response.data.quote.isNull)
                #expect(response.errors[0].message == "quote does not exist")
            }
        }
    }

    private func quote(
        _ tester: GraphQLTester, _ pointer: GraphQLTester.TestPointer, _ receiver: String,
        _ input: JSON, _ tenant: GraphQLTester.TestTenant
    ) async throws -> JSON {
        guard case .object(let members) = input else { return .null }
        let given: [String: JSON] = [
            "paymentPointerId": .string(pointer.id), "receiver": .string(receiver),
        ]
        return try await tester.createQuote(
            .object(members.merging(given) { wanted, _ in wanted }), as: tenant.credentials)
    }
}
