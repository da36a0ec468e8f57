import App
import Foundation
import TestSupport
import Testing

/// Payments between tenants, and what they owe each other then.
@Suite struct PositionTests {
    private struct Scene {
        let payer: GraphQLTester.TestTenant
        let payee: GraphQLTester.TestTenant
        let alice: GraphQLTester.TestPointer
        let bob: GraphQLTester.TestPointer
        /// Of the payee.
        let asset: String
    }

    private func scene(
        _ tester: GraphQLTester, from code: String = "USD"
    ) async throws -> Scene {
        let payer = try await tester.makeTenant("Payer")
        let payee = try await tester.makeTenant("Payee")
        let alice = try await tester.makePointer(code: code, as: payer.credentials)
        let bob = try await tester.makePointer(as: payee.credentials)
        return Scene(
            payer: payer, payee: payee, alice: alice, bob: bob,
            asset: try await tester.asset(of: bob, as: payee.credentials))
    }

    private func setLimit(
        _ tester: GraphQLTester, _ limit: UInt64, _ scene: Scene
    ) async throws -> JSON {
        try await tester.send(
            """
            mutation($input: SetPositionLimitInput!) {
              setPositionLimit(input: $input) {
                code message position { id side counterpartyTenantId amount limit asset { code } }
              }
            }
            """,
            [
                "input": [
                    "tenantId": .string(scene.payer.id), "assetId": .string(scene.asset),
                    "limit": .string("\(limit)"),
                ]
            ], as: scene.payee.credentials
        ).data.setPositionLimit
    }

    private func positions(
        _ tester: GraphQLTester, _ tenant: GraphQLTester.TestTenant
    ) async throws -> [JSON] {
        try await tester.send(
            "{ positions { edges { node { id side counterpartyTenantId amount limit } } } }",
            as: tenant.credentials
        ).data.positions.edges.items.map(\.node)
    }

    @Test func `a tenant that trusts nobody cannot be paid by others`() async throws {
        try await GraphQLTester.with { tester in
            let scene = try await scene(tester)
            let receiver = try await tester.makeReceiver(scene.bob, as: scene.payee.credentials)
            let answer = try await tester.createQuote(
                [
                    "paymentPointerId": .string(scene.alice.id), "receiver": .string(receiver),
                    "sendAmount": scene.alice.amount(1),
                ], as: scene.payer.credentials)
            #expect(answer.code == "400")
            #expect(answer.message == "invalid receiver")
        }
    }

    @Test func `one that trusts another is paid up to its limit, and both see what is owed`()
        async throws
    {
        try await GraphQLTester.with { tester in
            let scene = try await scene(tester)
            let limit = try await setLimit(tester, 100, scene)
            #expect(limit.code == "200")
            #expect(limit.position.side == "RECEIVABLE")
            let receiver = try await tester.makeReceiver(scene.bob, as: scene.payee.credentials)
            let id = try await tester.makePayment(
                from: scene.alice, to: receiver, sending: 70, as: scene.payer.credentials)
            try await tester.fund(id, as: scene.payer)
            let payment = try await tester.payment(id, as: scene.payer.credentials)
            #expect(payment.state == "COMPLETED")
            let incoming = try await tester.incomingPayment(receiver, as: scene.payee.credentials)
            #expect(incoming.receivedAmount.value == "70")
            let owed = try #require(try await positions(tester, scene.payee).first)
            #expect(owed.side == "RECEIVABLE")
            #expect(owed.counterpartyTenantId == .string(scene.payer.id))
            #expect(owed.amount == "70")
            #expect(owed.limit == "100")
            let owing = try #require(try await positions(tester, scene.payer).first)
            #expect(owing.side == "PAYABLE")
            #expect(owing.counterpartyTenantId == .string(scene.payee.id))
            #expect(owing.amount == "70")
            #expect(owing.limit == "100")
            let more = try await tester.createQuote(
                [
                    "paymentPointerId": .string(scene.alice.id), "receiver": .string(receiver),
                    "sendAmount": scene.alice.amount(31),
                ], as: scene.payer.credentials)
            #expect(more.message == "invalid receiver")
            for tenant in [scene.payer, scene.payee] {
                #expect(try await tester.audit(tenant).isEmpty)
            }
        }
    }

    @Test func `what is owed is settled by a withdrawal on one side and a deposit on the other`()
        async throws
    {
        try await GraphQLTester.with { tester in
            let scene = try await scene(tester)
            _ = try await setLimit(tester, 100, scene)
            let receiver = try await tester.makeReceiver(scene.bob, as: scene.payee.credentials)
            let id = try await tester.makePayment(
                from: scene.alice, to: receiver, sending: 70, as: scene.payer.credentials)
            try await tester.fund(id, as: scene.payer)
            _ = try await tester.payment(id, as: scene.payer.credentials)
            let owing = try #require(try await positions(tester, scene.payer).first)
            let owed = try #require(try await positions(tester, scene.payee).first)
            func settle(
                _ mutation: String, _ type: String, _ position: JSON, _ amount: String,
                _ tenant: GraphQLTester.TestTenant, id: String = UUID().uuidString
            ) async throws -> JSON {
                try await self.settle(tester, mutation, type, position, amount, tenant, id: id)
            }
            let (pay, take) = (
                "CreatePositionLiquidityWithdrawalInput", "AddPositionLiquidityInput"
            )
            let withdrawal = UUID().uuidString
            #expect(
                try await settle(
                    "createPositionLiquidityWithdrawal", pay, owing, "71", scene.payer
                ).error == "InsufficientBalance")
            #expect(
                try await settle(
                    "createPositionLiquidityWithdrawal", pay, owing, "50", scene.payer,
                    id: withdrawal
                ).code == "200")
            _ = try await tester.mutate(
                "mutation($id: String!) { finalizeLiquidityWithdrawal(withdrawalId: $id) { code } }",
                ["id": .string(withdrawal)], as: scene.payer.credentials)
            #expect(
                try await settle("addPositionLiquidity", take, owed, "71", scene.payee).error
                    == "InsufficientBalance")
            #expect(
                try await settle("addPositionLiquidity", take, owed, "50", scene.payee).code
                    == "200")
            #expect(
                try await settle("addPositionLiquidity", take, owing, "1", scene.payer).code
                    == "404")
            #expect(try await positions(tester, scene.payee).first?.amount == "20")
            #expect(try await positions(tester, scene.payer).first?.amount == "20")
            for tenant in [scene.payer, scene.payee] {
                #expect(try await tester.audit(tenant).isEmpty)
            }
        }
    }

    private func settle(
        _ tester: GraphQLTester, _ mutation: String, _ type: String, _ position: JSON,
        _ amount: String, _ tenant: GraphQLTester.TestTenant, id: String
    ) async throws -> JSON {
        try await tester.send(
            """
            mutation($input: \(type)!) {
              answer: \(mutation)(input: $input) { code message error }
            }
            """,
            [
                "input": [
                    "positionId": position.id, "amount": .string(amount), "id": .string(id),
                ]
            ], as: tenant.credentials
        ).data.answer
    }

    @Test func `the id of a settlement is looked at once its position is known`() async throws {
        try await GraphQLTester.with { tester in
            let scene = try await scene(tester)
            _ = try await setLimit(tester, 100, scene)
            let sides = [
                ("addPositionLiquidity", "AddPositionLiquidityInput", scene.payee),
                (
                    "createPositionLiquidityWithdrawal", "CreatePositionLiquidityWithdrawalInput",
                    scene.payer
                ),
            ]
            for (mutation, type, tenant) in sides {
                let position = try #require(try await positions(tester, tenant).first)
                let bad = try await settle(
                    tester, mutation, type, position, "1", tenant, id: "no id")
                #expect(bad.code == "400")
                #expect(bad.error == "InvalidId")
                let unknown = try await settle(
                    tester, mutation, type, ["id": .string(UUID().uuidString)], "1", tenant,
                    id: "no id")
                #expect(unknown.code == "404")
            }
        }
    }

    @Test func `a payment for which trust has run out waits, and fails at last`() async throws {
        try await GraphQLTester.with(configure: { $0.payments.retrySeconds = 0 }) { tester in
            let scene = try await scene(tester)
            _ = try await setLimit(tester, 100, scene)
            let receiver = try await tester.makeReceiver(scene.bob, as: scene.payee.credentials)
            let id = try await tester.makePayment(
                from: scene.alice, to: receiver, sending: 70, as: scene.payer.credentials)
            _ = try await setLimit(tester, 69, scene)
            try await tester.fund(id, as: scene.payer)
            let payment = try await tester.withWorkers {
                try await tester.payment(id, as: scene.payer.credentials)
            }
            #expect(payment.state == "FAILED")
            #expect(payment.error == "PositionLimit")
            let event = try #require(try await tester.events(of: id, as: scene.payer).last)
            #expect(event.withdrawal == 70)
            #expect(try await positions(tester, scene.payee).first?.amount == "0")
            for tenant in [scene.payer, scene.payee] {
                #expect(try await tester.audit(tenant).isEmpty)
            }
        }
    }

    @Test func `the payer exchanges before it owes`() async throws {
        try await GraphQLTester.with(configure: QuoteTests.withPrices) { tester in
            let scene = try await scene(tester, from: "EUR")
            _ = try await setLimit(tester, 1000, scene)
            let receiver = try await tester.makeReceiver(scene.bob, as: scene.payee.credentials)
            func quote() async throws -> JSON {
                try await tester.createQuote(
                    [
                        "paymentPointerId": .string(scene.alice.id),
                        "receiver": .string(receiver), "sendAmount": scene.alice.amount(80),
                    ], as: scene.payer.credentials)
            }
            // The payer has no dollars to owe.
            #expect(try await quote().message == "invalid receiver")
            let dollars = try await tester.makePointer(as: scene.payer.credentials)
            let dollar = try await tester.asset(of: dollars, as: scene.payer.credentials)
            try await tester.deposit(100, toAsset: dollar, as: scene.payer.credentials)
            let id = try await tester.makePayment(
                from: scene.alice, to: receiver, sending: 80, as: scene.payer.credentials)
            try await tester.fund(id, as: scene.payer)
            let payment = try await tester.payment(id, as: scene.payer.credentials)
            #expect(payment.state == "COMPLETED")
            #expect(payment.receiveAmount.value == "100")
            #expect(try await positions(tester, scene.payee).first?.amount == "100")
            for tenant in [scene.payer, scene.payee] {
                #expect(try await tester.audit(tenant).isEmpty)
            }
        }
    }

    @Test func `a limit is for another tenant that there is`() async throws {
        try await GraphQLTester.with { tester in
            let scene = try await scene(tester)
            for (tenant, asset, code) in [
                (UUID().uuidString, scene.asset, "404"), ("no id", scene.asset, "404"),
                (scene.payee.id, scene.asset, "400"), (scene.payer.id, UUID().uuidString, "404"),
            ] {
                let answer = try await tester.send(
                    """
                    mutation($input: SetPositionLimitInput!) {
                      setPositionLimit(input: $input) { code }
                    }
                    """,
                    [
                        "input": [
                            "tenantId": .string(tenant), "assetId": .string(asset), "limit": "1",
                        ]
                    ], as: scene.payee.credentials)
                #expect(answer.data.setPositionLimit.code == .string(code))
            }
        }
    }
}

extension PositionTests {
    @Test func `what another tenant owes cannot be paid out before it has paid`() async throws {
        try await GraphQLTester.with { tester in
            let payer = try await tester.makeTenant("Payer")
            let payee = try await tester.makeTenant("Payee")
            let alice = try await tester.makePointer(as: payer.credentials)
            let bob = try await tester.makePointer(as: payee.credentials)
            _ = try await tester.mutate(
                """
                mutation($input: SetPositionLimitInput!) {
                  setPositionLimit(input: $input) { code }
                }
                """,
                [
                    "input": [
                        "tenantId": .string(payer.id), "limit": "100",
                        "assetId": .string(try await tester.asset(of: bob, as: payee.credentials)),
                    ]
                ], as: payee.credentials)
            let receiver = try await tester.makeReceiver(bob, 70, as: payee.credentials)
            let id = try await tester.makePayment(
                from: alice, to: receiver, as: payer.credentials)
            try await tester.fund(id, as: payer)
            _ = try await tester.payment(id, as: payer.credentials)
            let event = try #require(
                try await tester.events(of: String(receiver.suffix(36)), as: payee).first)
            #expect(
                try await tester.withdrawEvent(event.id, as: payee.credentials).error
                    == "InsufficientBalance")
            let position = try await tester.send(
                "{ positions { edges { node { id } } } }", as: payee.credentials
            ).data.positions.edges[0].node.id
            _ = try await tester.mutate(
                """
                mutation($input: AddPositionLiquidityInput!) {
                  addPositionLiquidity(input: $input) { code }
                }
                """,
                [
                    "input": [
                        "positionId": position, "amount": "70", "id": .string(UUID().uuidString),
                    ]
                ], as: payee.credentials)
            #expect(
                try await tester.withdrawEvent(event.id, as: payee.credentials).code == "200")
            #expect(try await tester.audit(payee).isEmpty)
        }
    }
}
