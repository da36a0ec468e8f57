import Foundation

/// One whole payment, from what is expected to COMPLETED.
struct Payment: Sendable {
    struct Pointer: Sendable {
        let id: String
        let url: String
    }

    let client: Client

    private static let expect: Document = """
        mutation($id: String!) { createIncomingPayment(input: {paymentPointerId: $id,
        incomingAmount: {value: "100", assetCode: "USD", assetScale: 2}}) { payment { id } } }
        """
    private static let quote: Document = """
        mutation($id: String!, $to: String!) { createQuote(input: {paymentPointerId: $id,
        receiver: $to}) { code quote { id } } }
        """
    private static let pay: Document = """
        mutation($id: String!, $quote: String!) { createOutgoingPayment(input:
        {paymentPointerId: $id, quoteId: $quote}) { code payment { id } } }
        """
    private static let events: Document = """
        query($id: String!) { webhookEvents(filter: {subjectId: $id}, first: 1)
        { edges { node { id } } } }
        """
    private static let fund: Document =
        "mutation($id: String!) { depositEventLiquidity(eventId: $id) { code } }"
    private static let state: Document =
        "query($id: String!) { outgoingPayment(id: $id) { state } }"
    private static let success = Array("\"200\"".utf8)

    /// - Returns: how long it took, in seconds.
    func run(from payer: Pointer, to payee: Pointer) async throws -> Double {
        let start = ContinuousClock.now
        let expected = try await client.send(Self.expect, [("id", payee.id)])
        let receiver = try payee.url + "/incoming-payments/" + Client.text("id", in: expected)
        let quoted = try await client.send(Self.quote, [("id", payer.id), ("to", receiver)])
        let quote = try Client.text("id", in: quoted)
        _ = try await client.send(Self.pay, [("id", payer.id), ("quote", quote)])
        let told = try await client.send(Self.events, [("id", quote)])
        let funded = try await client.send(Self.fund, [("id", try Client.text("id", in: told))])
        guard funded.firstPlace(of: Self.success) != nil else {
            throw Client.Failure(description: String(decoding: funded, as: UTF8.self))
        }
        try await complete(quote)
        return Double(start.duration(to: .now) / .milliseconds(1)) / 1000
    }

    private func complete(_ id: String) async throws {
        var pause = 30
        for _ in 0..<500 {
            // Not often, since asking is work for the server too, and less so when it has much.
            try await Task.sleep(for: .milliseconds(pause))
            pause = min(2 * pause, 240)
            let answer = try await client.send(Self.state, [("id", id)])
            switch try Client.text("state", in: answer) {
            case "COMPLETED": return
            case "FAILED": throw Client.Failure(description: "payment \(id) failed")
            default: continue
            }
        }
        throw Client.Failure(description: "payment \(id) does not end")
    }
}
