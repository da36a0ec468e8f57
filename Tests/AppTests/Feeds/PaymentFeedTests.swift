import Foundation
import GraphQL
import TestSupport
import Testing

@testable import App

@Suite struct PaymentFeedTests {
    private func subscribe(
        _ tester: GraphQLTester, _ field: String, _ selection: String, as credentials: Credentials
    ) async throws -> ResponseStream<RequestContext> {
        let context = RequestContext(
            caller: try await tester.app.authenticate(credentials), requestID: "test",
            logger: TestSupport.logger, reportBadKey: { false })
        let operation = try tester.app.engine.prepare(
            Request(query: "subscription { payment: \(field) { \(selection) } }"),
            allowIntrospection: true
        ).get()
        return try await tester.app.engine.subscribe(operation, context: context)
    }

    private func payments(_ stream: ResponseStream<RequestContext>) async throws -> [JSON] {
        var payments: [JSON] = []
        for await response in stream {
            payments.append(try JSON(bytes: response.body).data.payment)
        }
        return payments
    }

    @Test func `a payment's states are told from the present one to the last, and its events sent`()
        async throws
    {
        try await TestReceiver.with { receiver in
            try await GraphQLTester.withWebhooks { tester, _ in
                let tenant = try await tester.makeTenant()
                try await tester.setWebhook(receiver.url, as: tenant.credentials)
                let from = try await tester.makePointer(as: tenant.credentials)
                let to = try await tester.makePointer(as: tenant.credentials)
                let incoming = try await tester.makeReceiver(to, 500, as: tenant.credentials)
                let outgoing = try await tester.makePayment(
                    from: from, to: incoming, as: tenant.credentials)
                let incomingID = String(incoming.suffix(36))
                let sent = try await subscribe(
                    tester, "outgoingPayment(id: \"\(outgoing)\")", "state sentAmount { value }",
                    as: tenant.credentials)
                let received = try await subscribe(
                    tester, "incomingPayment(id: \"\(incomingID)\")",
                    "state receivedAmount { value }", as: tenant.credentials)
                try await tester.withWorkers {
                    async let sentStates = payments(sent)
                    async let receivedStates = payments(received)
                    try await tester.fund(outgoing, as: tenant)
                    let (outgoingStates, incomingStates) = try await (sentStates, receivedStates)
                    #expect(outgoingStates.first?.state == "FUNDING")
                    #expect(outgoingStates.last?.state == "COMPLETED")
                    #expect(outgoingStates.last?.sentAmount.value == "500")
                    #expect(incomingStates.map(\.state) == ["PENDING", "COMPLETED"])
                    #expect(incomingStates.last?.receivedAmount.value == "500")
                    #expect(await receiver.waitForRequests(3))
                }
                let types = try receiver.requests.map { request in
                    try JSON(bytes: Array(request.body.utf8)).type.required()
                }
                #expect(types.count == 3)
                #expect(types.first == "outgoing_payment.created")
                #expect(
                    Set(types.dropFirst()) == [
                        "outgoing_payment.completed", "incoming_payment.completed",
                    ])
            }
        }
    }

    @Test func `a session follows its own payment pointer's payments and no other's`()
        async throws
    {
        try await GraphQLTester.with { tester in
            let pointer = try await tester.makePointer(as: .operator)
            let other = try await tester.makePointer(as: .operator)
            let receiver = try await tester.makeReceiver(pointer, as: .operator)
            let field = "incomingPayment(id: \"\(receiver.suffix(36))\")"
            let own = try await tester.makeSession(pointer.id, as: .operator)
            let stream = try await subscribe(tester, field, "state", as: .session(own))
            for await response in stream {
                #expect(try JSON(bytes: response.body).data.payment.state == "PENDING")
                break
            }
            let foreign = try await tester.makeSession(other.id, as: .operator)
            for credentials in [Credentials.session(foreign), .nobody] {
                await #expect(throws: RequestFailure.self) {
                    _ = try await subscribe(tester, field, "state", as: credentials)
                }
            }
        }
    }
}
