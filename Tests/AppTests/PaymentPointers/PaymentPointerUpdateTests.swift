import App
import Foundation
import TestSupport
import Testing

@Suite struct PaymentPointerUpdateTests {
    private static let update = """
        mutation($input: UpdatePaymentPointerInput!) {
          updatePaymentPointer(input: $input) {
            code success message paymentPointer { id publicName isActive asset { code } }
          }
        }
        """

    @Test func `what is absent stays, and null clears the name`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant().credentials
            let id = try await tester.makePaymentPointer(as: tenant)
            func update(_ change: [String: JSON]) async throws -> JSON {
                let input = change.merging(["id": .string(id)]) { $1 }
                let answer = try await tester.mutate(
                    Self.update, ["input": .object(input)], as: tenant)
                #expect(answer.message == "Updated payment pointer")
                #expect(answer.paymentPointer.id == .string(id))
                #expect(answer.paymentPointer.asset.code == "USD")
                return answer.paymentPointer
            }
            var pointer = try await update([:])
            #expect(pointer.publicName.isNull && pointer.isActive == true)
            pointer = try await update(["publicName": "Alice"])
            #expect(pointer.publicName == "Alice" && pointer.isActive == true)
            pointer = try await update(["isActive": false])
            #expect(pointer.publicName == "Alice" && pointer.isActive == false)
            pointer = try await update(["isActive": nil])
            #expect(pointer.publicName == "Alice" && pointer.isActive == false)
            pointer = try await update(["publicName": nil, "isActive": true])
            #expect(pointer.publicName.isNull && pointer.isActive == true)
            pointer = try await update(["publicName": ""])
            #expect(pointer.publicName == "")
        }
    }

    @Test func `a name that cannot be is refused, and nothing changes`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant().credentials
            let id = try await tester.makePaymentPointer(as: tenant)
            for name in [String(repeating: "x", count: 256), "a\u{0}"] {
                let answer = try await tester.send(
                    Self.update,
                    [
                        "input": [
                            "id": .string(id), "publicName": .string(name), "isActive": false,
                        ]
                    ], as: tenant
                ).data.updatePaymentPointer
                #expect(answer.code == "400")
                #expect(answer.paymentPointer.isNull)
            }
            let kept = try await tester.send(
                "query($id: String!) { paymentPointer(id: $id) { isActive } }",
                ["id": .string(id)], as: tenant)
            #expect(kept.data.paymentPointer.isActive == true)
        }
    }

    @Test func `an unknown payment pointer and another tenant's are not changed`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant().credentials
            let other = try await tester.makeTenant().credentials
            let foreign = try await tester.makePaymentPointer(as: other)
            for id in [foreign, UUID().uuidString, "no uuid"] {
                let answer = try await tester.send(
                    Self.update, ["input": ["id": .string(id), "isActive": false]], as: tenant
                ).data.updatePaymentPointer
                #expect(answer.code == "404")
                #expect(answer.message == "Unknown payment pointer")
            }
            let kept = try await tester.send(
                "query($id: String!) { paymentPointer(id: $id) { isActive } }",
                ["id": .string(foreign)], as: other)
            #expect(kept.data.paymentPointer.isActive == true)
        }
    }
}
