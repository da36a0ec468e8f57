import Foundation
import TestSupport
import Testing

@testable import App

@Suite struct WebhookEventListTests {
    @Test func `events are listed by type, state, subject and payment pointer, in pages`()
        async throws
    {
        try await GraphQLTester.withWebhooks { tester, database in
            let tenant = try await tester.makeTenant()
            let other = try await tester.makeTenant()
            let pointer = try await tester.makePaymentPointer(as: tenant.credentials)
            let subject = UUID()
            var ids = try await tester.writeEvents(
                2, subject: subject, paymentPointer: pointer, of: tenant)
            ids += try await tester.writeEvents(kind: .outgoingPaymentFailed, of: tenant)
            ids += try await tester.writeEvents(
                subject: subject, kind: .outgoingPaymentFailed, of: tenant)
            try await tester.writeEvents(2, subject: subject, of: other)
            try await database.change(
                "update hazina.webhook_events set state = 'FAILED' where id = '\(ids[1])'")
            let cases: [(JSON, [Int])] = [
                ([:], [0, 1, 2, 3]),
                (["type": "outgoing_payment.failed"], [2, 3]),
                (["state": "FAILED"], [1]),
                (["state": "PENDING"], [0, 2, 3]),
                (["state": "DELIVERED"], []),
                (["subjectId": .string(subject.uuidString)], [0, 1, 3]),
                (["paymentPointerId": .string(pointer), "state": "PENDING"], [0]),
                (["subjectId": "x"], []),
                (["paymentPointerId": "x"], []),
                (["type": "x"], []),
            ]
            for (filter, expected) in cases {
                for direction in ["ASC", "DESC"] {
                    let list = ListTester(
                        tester: tester, field: "webhookEvents",
                        filter: ("WebhookEventFilter", filter),
                        order: ("WebhookEventOrder", ["direction": .string(direction)]),
                        node: "id", caller: tenant.credentials)
                    let nodes = expected.map { ids[$0] }
                    try await list.expect(direction == "ASC" ? nodes : nodes.reversed()) {
                        $0.id.text ?? ""
                    }
                }
            }
        }
    }

    @Test func `an event of another tenant is unknown`() async throws {
        try await GraphQLTester.withWebhooks { tester, _ in
            let tenant = try await tester.makeTenant()
            let other = try await tester.makeTenant()
            let id = try await tester.writeEvents(of: tenant)[0]
            #expect(try await tester.event(id, as: other.credentials).isNull)
            for id in [id, "x"] {
                let response = try await tester.send(
                    "query($id: String!) { webhookEvent(id: $id) { id } }", ["id": .string(id)],
                    as: other.credentials)
                #expect(response.errors[0].message == "No webhook event")
            }
        }
    }
}
