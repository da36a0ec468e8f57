import App
import Foundation
import TestSupport
import Testing

/// Payments from one currency to another, through the liquidity of both.
@Suite struct ExchangeTests {
    @Test func `money is exchanged at the quote's rate through the liquidity of both assets`()
        async throws
    {
        try await GraphQLTester.with(configure: QuoteTests.withPrices) { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(code: "USD", as: tenant.credentials)
            let bob = try await tester.makePointer(code: "EUR", as: tenant.credentials)
            let dollar = try await tester.asset(of: alice, as: tenant.credentials)
            let euro = try await tester.asset(of: bob, as: tenant.credentials)
            try await tester.deposit(1000, toAsset: euro, as: tenant.credentials)
            let receiver = try await tester.makeReceiver(bob, as: tenant.credentials)
            let id = try await tester.makePayment(
                from: alice, to: receiver, sending: 101, as: tenant.credentials)
            try await tester.fund(id, as: tenant)
            let payment = try await tester.payment(id, as: tenant.credentials)
            #expect(payment.state == "COMPLETED")
            #expect(payment.receiveAmount.value == "80")
            let incoming = try await tester.incomingPayment(receiver, as: tenant.credentials)
            #expect(incoming.receivedAmount.value == "80")
            #expect(try await liquidity(tester, dollar, tenant) == "101")
            #expect(try await liquidity(tester, euro, tenant) == "920")
            #expect(try await tester.audit(tenant).isEmpty)
        }
    }

    @Test func `the fee of a payment goes to its asset's fee account, and on from there`()
        async throws
    {
        try await GraphQLTester.with(configure: QuoteTests.withPrices) { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(code: "USD", as: tenant.credentials)
            let bob = try await tester.makePointer(code: "EUR", as: tenant.credentials)
            let dollar = try await tester.asset(of: alice, as: tenant.credentials)
            let euro = try await tester.asset(of: bob, as: tenant.credentials)
            try await tester.deposit(1000, toAsset: euro, as: tenant.credentials)
            _ = try await tester.mutate(
                """
                mutation($id: String!) {
                  setAssetFee(input: {assetId: $id, fixed: 3, basisPoints: 150}) { code }
                }
                """, ["id": .string(dollar)], as: tenant.credentials)
            // 3 and 1.5 % of 101, rounded up, leave 96.
            let receiver = try await tester.makeReceiver(bob, as: tenant.credentials)
            let id = try await tester.makePayment(
                from: alice, to: receiver, sending: 101, as: tenant.credentials)
            try await tester.fund(id, as: tenant)
            let payment = try await tester.payment(id, as: tenant.credentials)
            #expect(payment.sentAmount.value == "101")
            #expect(payment.receiveAmount.value == "76")
            let incoming = try await tester.incomingPayment(receiver, as: tenant.credentials)
            #expect(incoming.receivedAmount.value == "76")
            let fees = try await tester.send(
                "query($id: String!) { asset(id: $id) { feeAccount { id liquidity } } }",
                ["id": .string(dollar)], as: tenant.credentials
            ).data.asset.feeAccount
            #expect(fees.liquidity == "5")
            #expect(try await liquidity(tester, dollar, tenant) == "96")
            #expect(try await liquidity(tester, euro, tenant) == "924")
            _ = try await tester.mutate(
                "mutation($input: TransferInput!) { transfer(input: $input) { code } }",
                [
                    "input": [
                        "id": .string(UUID().uuidString), "sourceAccountId": fees.id,
                        "destinationAccountId": .string(dollar), "sourceAmount": 5,
                    ]
                ], as: tenant.credentials)
            #expect(try await liquidity(tester, dollar, tenant) == "101")
            #expect(try await tester.audit(tenant).isEmpty)
        }
    }

    @Test func `without liquidity a payment waits, and goes on when there is some`() async throws {
        try await GraphQLTester.with(configure: { configuration in
            QuoteTests.withPrices(&configuration)
            configuration.payments.retrySeconds = 1
        }) { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(code: "USD", as: tenant.credentials)
            let bob = try await tester.makePointer(code: "EUR", as: tenant.credentials)
            let euro = try await tester.asset(of: bob, as: tenant.credentials)
            let receiver = try await tester.makeReceiver(bob, as: tenant.credentials)
            let id = try await tester.makePayment(
                from: alice, to: receiver, sending: 100, as: tenant.credentials)
            try await tester.fund(id, as: tenant)
            try await tester.eventually {
                try await tester.payment(id, in: ["SENDING"], as: tenant.credentials)
                    .stateAttempts == .number(1)
            }
            #expect(
                try await tester.payment(id, in: ["SENDING"], as: tenant.credentials).error.isNull)
            try await tester.deposit(80, toAsset: euro, as: tenant.credentials)
            let payment = try await tester.withWorkers {
                try await tester.payment(id, as: tenant.credentials)
            }
            #expect(payment.state == "COMPLETED")
            #expect(payment.stateAttempts == .number(0))
            #expect(try await tester.audit(tenant).isEmpty)
        }
    }

    @Test func `after five attempts a payment fails with its money on its account`() async throws {
        try await GraphQLTester.with(configure: { configuration in
            QuoteTests.withPrices(&configuration)
            configuration.payments.retrySeconds = 0
        }) { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(code: "USD", as: tenant.credentials)
            let bob = try await tester.makePointer(code: "EUR", as: tenant.credentials)
            let receiver = try await tester.makeReceiver(bob, as: tenant.credentials)
            let id = try await tester.makePayment(
                from: alice, to: receiver, sending: 100, as: tenant.credentials)
            try await tester.fund(id, as: tenant)
            let payment = try await tester.withWorkers {
                try await tester.payment(id, as: tenant.credentials)
            }
            #expect(payment.state == "FAILED")
            #expect(payment.error == "InsufficientLiquidity")
            #expect(payment.stateAttempts == .number(0))
            let event = try #require(try await tester.events(of: id, as: tenant).last)
            #expect(event.withdrawal == 100)
            #expect(event.data.payment.error == "InsufficientLiquidity")
            #expect(try await tester.withdrawEvent(event.id, as: tenant.credentials).code == "200")
            #expect(try await tester.audit(tenant).isEmpty)
        }
    }

    private func liquidity(
        _ tester: GraphQLTester, _ asset: String, _ tenant: GraphQLTester.TestTenant
    ) async throws -> String? {
        try await tester.send(
            "query($id: String!) { asset(id: $id) { liquidity } }", ["id": .string(asset)],
            as: tenant.credentials
        ).data.asset.liquidity.text
    }
}
