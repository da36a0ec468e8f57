import App
import Foundation
import Ledger
import Postgres
import TestSupport
import Testing

/// Many payments at once, in both directions, between currencies and tenants: nothing is lost.
@Suite struct PaymentConservationTests {
    private struct Holder: Sendable {
        let tenant: GraphQLTester.TestTenant
        let pointer: GraphQLTester.TestPointer
    }

    /// Two tenants that trust each other, with payment pointers in two currencies each.
    private func holders(_ tester: GraphQLTester) async throws -> [Holder] {
        var holders: [Holder] = []
        let tenants = [try await tester.makeTenant("One"), try await tester.makeTenant("Two")]
        for tenant in tenants {
            for code in ["USD", "EUR"] {
                for _ in 0..<2 {
                    let pointer = try await tester.makePointer(code: code, as: tenant.credentials)
                    holders.append(Holder(tenant: tenant, pointer: pointer))
                }
                guard let pointer = holders.last?.pointer else { continue }
                let asset = try await tester.asset(of: pointer, as: tenant.credentials)
                try await tester.deposit(2000, toAsset: asset, as: tenant.credentials)
                for other in tenants where other.id != tenant.id {
                    _ = try await tester.mutate(
                        """
                        mutation($input: SetPositionLimitInput!) {
                          setPositionLimit(input: $input) { code }
                        }
                        """,
                        [
                            "input": [
                                "tenantId": .string(other.id), "assetId": .string(asset),
                                "limit": "3000",
                            ]
                        ], as: tenant.credentials)
                }
            }
        }
        return holders
    }

    /// - Returns: the payment's end, or nil if there could be no quote.
    private func pay(
        _ tester: GraphQLTester, _ amount: UInt64, from payer: Holder, to payee: Holder
    ) async throws -> JSON? {
        let receiver = try await tester.makeReceiver(
            payee.pointer, as: payee.tenant.credentials)
        let quote = try await tester.createQuote(
            [
                "paymentPointerId": .string(payer.pointer.id), "receiver": .string(receiver),
                "sendAmount": payer.pointer.amount(amount),
            ], as: payer.tenant.credentials)
        guard quote.code == "200" else {
            #expect(quote.message == "invalid receiver", "\(quote)")
            return nil
        }
        let id = try quote.quote.id.required()
        let made = try await tester.createOutgoingPayment(
            ["paymentPointerId": .string(payer.pointer.id), "quoteId": .string(id)],
            as: payer.tenant.credentials)
        #expect(made.code == "200")
        #expect(try await tester.fund(id, as: payer.tenant).code == "200")
        let payment = try await tester.payment(id, as: payer.tenant.credentials)
        let received = try await tester.incomingPayment(receiver, as: payee.tenant.credentials)
        if payment.state == "COMPLETED" {
            #expect(received.receivedAmount.value == payment.receiveAmount.value)
            #expect(payment.sentAmount.value == .string("\(amount)"))
        } else {
            #expect(received.receivedAmount.value == "0")
            #expect(payment.sentAmount.value == "0")
        }
        return payment
    }

    @Test func `every unit is accounted for`() async throws {
        try await GraphQLTester.with(
            poolSize: 4,
            configure: { configuration in
                QuoteTests.withPrices(&configuration)
                configuration.payments.retrySeconds = 0
            }
        ) { tester in
            let holders = try await holders(tester)
            let ends = try await tester.withWorkers {
                try await withThrowingTaskGroup(of: String?.self) { group in
                    for _ in 0..<12 {
                        group.addTask {
                            var last: String?
                            for _ in 0..<8 {
                                guard let payer = holders.randomElement(),
                                    let payee = holders.randomElement()
                                else { continue }
                                let end = try await pay(
                                    tester, .random(in: 2...400), from: payer, to: payee)
                                last = end?.state.text ?? last
                            }
                            return last
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
            }
            #expect(ends.contains("COMPLETED"))
            for tenant in [holders[0].tenant, holders[4].tenant] {
                #expect(try await tester.audit(tenant).isEmpty)
            }
            try await expectEqualPositions(tester, holders[0].tenant, holders[4].tenant)
        }
    }

    /// What one tenant owes is what the other is owed.
    private func expectEqualPositions(
        _ tester: GraphQLTester, _ one: GraphQLTester.TestTenant,
        _ other: GraphQLTester.TestTenant
    ) async throws {
        func amounts(_ tenant: GraphQLTester.TestTenant, _ side: String) async throws -> [String] {
            try await tester.send(
                """
                query($side: PositionSide!) {
                  positions(filter: {side: $side}) { edges { node { amount asset { code } } } }
                }
                """, ["side": .string(side)], as: tenant.credentials
            ).data.positions.edges.items.map { edge in
                "\(edge.node.asset.code.text ?? "") \(edge.node.amount.text ?? "")"
            }.sorted()
        }
        for (debtor, creditor) in [(one, other), (other, one)] {
            #expect(
                try await amounts(debtor, "PAYABLE") == amounts(creditor, "RECEIVABLE"))
        }
    }

    @Test func `a page of a hundred payments costs as many statements as one of one`() async throws
    {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(as: tenant.credentials)
            let bob = try await tester.makePointer(as: tenant.credentials)
            let receiver = try await tester.makeReceiver(bob, as: tenant.credentials)
            for _ in 0..<30 {
                _ = try await tester.makePayment(
                    from: alice, to: receiver, sending: 1, as: tenant.credentials)
            }
            func statements(_ size: Int) async throws -> Int {
                let before = tester.pool.statementCount
                let page = try await tester.send(
                    """
                    query($id: String!, $size: Int!) {
                      paymentPointer(id: $id) {
                        outgoingPayments(first: $size) {
                          edges { node { id sentAmount { value } sendAmount { value } quote {
                            id sendAmount { value assetCode } receiveAmount { value }
                          } } }
                          pageInfo { hasNextPage }
                        }
                      }
                    }
                    """, ["id": .string(alice.id), "size": .number(Double(size))],
                    as: tenant.credentials)
                #expect(
                    page.data.paymentPointer.outgoingPayments.edges.items.count == min(size, 30))
                return tester.pool.statementCount - before
            }
            let one = try await statements(1)
            #expect(try await statements(100) == one)
            #expect(one <= 4)
        }
    }
}
