import Foundation

/// One whole payment, from what is expected to COMPLETED.
struct Payment: Sendable {
    struct Pointer: Sendable {
        let id: String
        let url: String
    }

    let client: Client

    /// - Returns: how long it took, in seconds.
    func run(from payer: Pointer, to payee: Pointer) async throws -> Double {
        let start = ContinuousClock.now
        let expected = try await client.send(
            """
            mutation($id: String!) { createIncomingPayment(input: {paymentPointerId: $id,
            incomingAmount: {value: "100", assetCode: "USD", assetScale: 2}}) { payment { id } } }
            """, [("id", payee.id)])
        let receiver = try payee.url + "/incoming-payments/" + Client.text("id", in: expected)
        let quoted = try await client.send(
            """
            mutation($id: String!, $to: String!) { createQuote(input: {paymentPointerId: $id,
            receiver: $to}) { code quote { id } } }
            """, [("id", payer.id), ("to", receiver)])
        let quote = try Client.text("id", in: quoted)
        _ = try await client.send(
            """
            mutation($id: String!, $quote: String!) { createOutgoingPayment(input:
            {paymentPointerId: $id, quoteId: $quote}) { code payment { id } } }
            """, [("id", payer.id), ("quote", quote)])
        let told = try await client.send(
            """
            query($id: String!) { webhookEvents(filter: {subjectId: $id}, first: 1)
            { edges { node { id } } } }
            """, [("id", quote)])
        let funded = try await client.send(
            "mutation($id: String!) { depositEventLiquidity(eventId: $id) { code } }",
            [("id", try Client.text("id", in: told))])
        guard funded.contains("\"200\"") else { throw Client.Failure(description: funded) }
        try await complete(quote)
        return Double(start.duration(to: .now) / .milliseconds(1)) / 1000
    }

    private func complete(_ id: String) async throws {
        for _ in 0..<500 {
            // Seldom, since asking is work for the server too.
            try await Task.sleep(for: .milliseconds(100))
            let answer = try await client.send(
                "query($id: String!) { outgoingPayment(id: $id) { state } }", [("id", id)])
            switch try Client.text("state", in: answer) {
            case "COMPLETED": return
            case "FAILED": throw Client.Failure(description: "payment \(id) failed")
            default: continue
            }
        }
        throw Client.Failure(description: "payment \(id) does not end")
    }
}
