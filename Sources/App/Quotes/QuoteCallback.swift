import GraphQL

/// The operator's service that has the last word on quotes: it may add its own fee.
package struct QuoteCallback: Sendable {
    /// Sends the body, and gives what was answered.
    package typealias Send =
        @Sendable (_ body: String, _ tenant: String) async throws -> (status: Int, body: [UInt8])

    private let send: Send

    package init(send: @escaping Send) {
        self.send = send
    }

    /// The amounts that the service wants.
    /// - Throws: `PaymentError.refused` if it answers another status than 201,
    ///   `PaymentError.invalidAmount` if its amounts break the rules.
    func amounts(
        of quote: NewQuote, isFixedSend: Bool, seconds: Int
    ) async throws -> Pricing.Amounts {
        let proposal = proposal(quote, isFixedSend: isFixedSend, seconds: seconds)
        let answer: (status: Int, body: [UInt8])
        do {
            answer = try await send(proposal.text, quote.pointer.tenantID.description)
        } catch is OutboundError {
            throw PaymentError.refused
        }
        guard answer.status == 201 else { throw PaymentError.refused }
        guard let send = Self.value("sendAmount", of: quote.sendAmount, in: answer.body),
            let receive = Self.value("receiveAmount", of: quote.receiveAmount, in: answer.body),
            receive > 0
        else { throw PaymentError.invalidAmount }
        let proposed = quote.amounts
        let isAllowed =
            isFixedSend
            ? send == proposed.send && receive <= proposed.receive
            : send >= proposed.send && receive == proposed.receive
        guard isAllowed else { throw PaymentError.invalidAmount }
        return Pricing.Amounts(send: send, fee: proposed.fee, receive: receive)
    }

    private func proposal(
        _ quote: NewQuote, isFixedSend: Bool, seconds: Int
    ) -> CanonicalJSON {
        let moment = quote.payee.moment
        return [
            "id": .string(quote.id.description),
            "paymentPointerId": .string(quote.pointer.id.description),
            "receiver": .string(quote.receiver), "sendAmount": quote.sendAmount.json,
            "receiveAmount": quote.receiveAmount.json, "createdAt": .string(moment.text),
            "expiresAt": .string(moment.advanced(bySeconds: seconds).text),
            "paymentType": .string(isFixedSend ? "FixedSend" : "FixedDelivery"),
        ]
    }

    /// The value of an amount of the answer, whose asset must be the proposed one where it is given.
    private static func value(
        _ name: String, of proposed: Amount, in body: [UInt8]
    ) -> UInt64? {
        guard let amount = (try? Value(json: body, maxDepth: 8))?[name],
            amount["assetCode"] == nil || amount["assetCode"] == .string(proposed.assetCode),
            amount["assetScale"] == nil
                || amount["assetScale"] == .int(Int64(proposed.assetScale))
        else { return nil }
        switch amount["value"] {
        case .string(let digits): return digits.allSatisfy(\.isNumber) ? UInt64(digits) : nil
        case .int(let number): return UInt64(exactly: number)
        case .uint64(let number): return number
        default: return nil
        }
    }
}
