import Foundation
import GraphQL

/// The operator's service that has the last word on quotes: it may add its own fee.
struct QuoteCallback: Sendable {
    /// Why the service has no say: not the caller's fault, and in the log alone.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let maximumBytes = 65_536

    let url: String
    /// Signs what is sent, as it signs webhook events; nil to send it without a signature.
    let secret: String?
    /// How long it may take to answer.
    let timeout: Duration
    let client: OutboundClient

    /// The amounts that the service wants.
    /// - Throws: `PaymentError.refused` if it answers a status of 4xx, `PaymentError.invalidAmount`
    ///   if its amounts break the rules, `Failure` if it answers otherwise or not at all.
    func amounts(
        of quote: NewQuote, isFixedSend: Bool, seconds: Int
    ) async throws -> Pricing.Amounts {
        let proposal = proposal(quote, isFixedSend: isFixedSend, seconds: seconds)
        let answer: OutboundClient.Response
        do {
            answer = try await ask(proposal.text, for: quote.pointer.tenantID)
        } catch let error as OutboundError {
            throw Failure(description: "the quote service: \(error)")
        }
        switch answer.status {
        case 201: break
        case 400...499: throw PaymentError.refused
        default: throw Failure(description: "the quote service answered \(answer.status)")
        }
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

    private func ask(_ body: String, for tenant: TenantID) async throws -> OutboundClient.Response {
        var headers = [
            ("accept", "application/json"), ("content-type", "application/json"),
            ("hazina-tenant-id", tenant.description),
        ]
        if let secret {
            let now = Int(DatabaseClock.now.rounded())
            let signature = WebhookSignature.header(of: body, at: now, secrets: [secret])
            headers += WebhookSignature.headers.map { ($0, signature) }
        }
        return try await client.send(
            method: "POST", url: url, headers: headers, body: Array(body.utf8),
            timeout: timeout, maximumBytes: Self.maximumBytes, isTrusted: true)
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

    /// The value of an amount of the answer; its asset, if given, must be the proposed one.
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
