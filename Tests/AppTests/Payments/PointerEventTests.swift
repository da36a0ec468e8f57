import App
import Foundation
import TestSupport
import Testing

/// Events of money on payment pointers' own accounts.
@Suite struct PointerEventTests {
    private struct Scene {
        let tenant: GraphQLTester.TestTenant
        let pointer: GraphQLTester.TestPointer
        let asset: String
    }

    private func scene(
        _ tester: GraphQLTester, threshold: String?
    ) async throws -> Scene {
        let tenant = try await tester.makeTenant()
        let pointer = try await tester.makePointer(as: tenant.credentials)
        let asset = try await tester.asset(of: pointer, as: tenant.credentials)
        _ = try await tester.mutate(
            """
            mutation($input: UpdateAssetInput!) {
              updateAssetWithdrawalThreshold(input: $input) { code }
            }
            """,
            [
                "input": [
                    "id": .string(asset),
                    "withdrawalThreshold": threshold.map { .string($0) } ?? .null,
                ]
            ], as: tenant.credentials)
        try await tester.deposit(1000, toAsset: asset, as: tenant.credentials)
        return Scene(tenant: tenant, pointer: pointer, asset: asset)
    }

    private func transfer(
        _ tester: GraphQLTester, _ amount: Int, _ scene: Scene, id: String = UUID().uuidString,
        twoPhase: Bool = false
    ) async throws {
        _ = try await tester.mutate(
            "mutation($input: TransferInput!) { transfer(input: $input) { code message } }",
            [
                "input": [
                    "id": .string(id), "sourceAccountId": .string(scene.asset),
                    "destinationAccountId": .string(scene.pointer.id),
                    "sourceAmount": .string("\(amount)"), "twoPhase": .bool(twoPhase),
                ]
            ], as: scene.tenant.credentials)
    }

    private func trigger(
        _ tester: GraphQLTester, _ limit: Int, _ scene: Scene
    ) async throws -> JSON {
        try await tester.send(
            """
            mutation($limit: Int!) {
              triggerPaymentPointerEvents(limit: $limit) { code message count }
            }
            """, ["limit": .number(Double(limit))], as: scene.tenant.credentials
        ).data.triggerPaymentPointerEvents
    }

    private func withdrawals(
        _ tester: GraphQLTester, _ scene: Scene
    ) async throws -> [UInt64?] {
        try await tester.events(of: scene.pointer.id, as: scene.tenant).map(\.withdrawal)
    }

    @Test func `money is told of once the threshold is reached`() async throws {
        try await GraphQLTester.with { tester in
            let scene = try await scene(tester, threshold: "10")
            try await transfer(tester, 9, scene)
            #expect(try await trigger(tester, 5, scene).count == .number(0))
            try await transfer(tester, 1, scene)
            let answer = try await trigger(tester, 5, scene)
            #expect(answer.code == "200")
            #expect(answer.message == "Triggered Payment Pointer Events")
            #expect(answer.count == .number(1))
            let event = try #require(
                try await tester.events(of: scene.pointer.id, as: scene.tenant).first)
            #expect(event.type == "payment_pointer.web_monetization")
            #expect(event.withdrawal == 10)
            #expect(event.data.paymentPointer.received == "10")
            #expect(event.data.paymentPointer.id == .string(scene.pointer.id))
            #expect(try await trigger(tester, 5, scene).count == .number(0))
            #expect(
                try await tester.withdrawEvent(event.id, as: scene.tenant.credentials).code
                    == "200")
            try await transfer(tester, 10, scene)
            _ = try await trigger(tester, 5, scene)
            #expect(try await withdrawals(tester, scene) == [10, 10])
            #expect(try await tester.audit(scene.tenant).isEmpty)
        }
    }

    @Test func `with the threshold 0 all money is told of, by the worker too`() async throws {
        try await GraphQLTester.with { tester in
            let scene = try await scene(tester, threshold: "0")
            try await tester.withWorkers {
                try await transfer(tester, 3, scene)
                try await tester.eventually { try await withdrawals(tester, scene) == [3] }
                try await transfer(tester, 4, scene)
                try await tester.eventually { try await withdrawals(tester, scene) == [3, 4] }
            }
        }
    }

    @Test func `what was withdrawn otherwise is not told of`() async throws {
        try await GraphQLTester.with { tester in
            let scene = try await scene(tester, threshold: "10")
            try await transfer(tester, 10, scene)
            _ = try await tester.mutate(
                """
                mutation($input: CreatePaymentPointerWithdrawalInput!) {
                  createPaymentPointerWithdrawal(input: $input) { code }
                }
                """,
                [
                    "input": [
                        "paymentPointerId": .string(scene.pointer.id),
                        "id": .string(UUID().uuidString),
                    ]
                ], as: scene.tenant.credentials)
            #expect(try await trigger(tester, 1, scene).count == .number(1))
            #expect(try await withdrawals(tester, scene).isEmpty)
        }
    }

    @Test func `money that waits is told of after a while`() async throws {
        try await GraphQLTester.with(configure: { $0.payments.throttleSeconds = 0 }) { tester in
            let scene = try await scene(tester, threshold: nil)
            try await transfer(tester, 3, scene)
            #expect(try await trigger(tester, 1, scene).count == .number(1))
            #expect(try await withdrawals(tester, scene) == [3])
        }
    }

    @Test func `a transfer in two phases is told of when it is finalised`() async throws {
        try await GraphQLTester.with { tester in
            let scene = try await scene(tester, threshold: "5")
            let id = UUID().uuidString
            try await transfer(tester, 5, scene, id: id, twoPhase: true)
            #expect(try await trigger(tester, 1, scene).count == .number(0))
            _ = try await tester.mutate(
                "mutation($id: String!) { finalizeLiquidityWithdrawal(withdrawalId: $id) { code } }",
                ["id": .string(id)], as: scene.tenant.credentials)
            #expect(try await trigger(tester, 1, scene).count == .number(1))
            #expect(try await withdrawals(tester, scene) == [5])
        }
    }

    @Test func `a limit below 0 is refused, and 0 does nothing`() async throws {
        try await GraphQLTester.with { tester in
            let scene = try await scene(tester, threshold: "0")
            try await transfer(tester, 5, scene)
            let answer = try await trigger(tester, -1, scene)
            #expect(answer.code == "400")
            #expect(answer.count.isNull)
            #expect(try await trigger(tester, 0, scene).count == .number(0))
            #expect(try await trigger(tester, .init(Int32.max), scene).count == .number(1))
        }
    }
}
