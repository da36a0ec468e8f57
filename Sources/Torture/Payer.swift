import Foundation
import TestSupport

/// A step of a payment as a client knows it in the end.
struct PaymentStep: Sendable {
    enum Kind: Sendable {
        case incoming, quote, outgoing, funding, cancellation
    }

    let kind: Kind
    let tenant: UUID
    /// What the client calls it: the external reference of payments, the receiver of a quote, the
    /// event that is answered, the payment that is cancelled.
    let reference: String
    /// What the server calls it, once it is acknowledged.
    var id: String?
    let verdict: Verdict
    let epoch: Int
}

/// Somebody who pays and is paid.
struct Holder: Sendable {
    let tenant: UUID
    let apiKey: String
    let pointer: String
    let url: String
    let code: String

    func amount(_ value: UInt64) -> JSON {
        ["value": .string("\(value)"), "assetCode": .string(code), "assetScale": 2]
    }
}

/// A client that makes one whole payment after the other, between tenants and currencies.
struct Payer {
    let persistence: Persistence
    let holders: [Holder]
    let journal: Journal
    let load: Load
    var random: SeededRandom

    mutating func run() async {
        while load.goesOn {
            guard let payer = holders.randomElement(using: &random),
                let payee = holders.randomElement(using: &random)
            else { return }
            await pay(from: payer, to: payee)
        }
    }

    /// Two payments for what one of them brings: one is late then, and keeps its money.
    private mutating func pay(from payer: Holder, to payee: Holder) async {
        let isRivalry = random.chance(10)
        let amount = UInt64.random(in: 10...10_000, using: &random)
        let incoming = await step(
            .incoming, of: payee, reference: random.uuid().uuidString, Self.createIncoming
        ) { reference in
            [
                "paymentPointerId": .string(payee.pointer), "externalRef": .string(reference),
                "incomingAmount": isRivalry ? payee.amount(amount) : .null,
            ]
        }
        guard let incoming else { return }
        let receiver = "\(payee.url)/incoming-payments/\(incoming)"
        var payments: [String] = []
        for _ in 0..<(isRivalry ? 2 : 1) {
            let quote = await step(
                .quote, of: payer, reference: receiver, Self.createQuote
            ) { _ in
                [
                    "paymentPointerId": .string(payer.pointer), "receiver": .string(receiver),
                    "sendAmount": isRivalry ? .null : payer.amount(amount),
                ]
            }
            guard let quote else { return }
            let payment = await step(
                .outgoing, of: payer, reference: random.uuid().uuidString, Self.createOutgoing
            ) { reference in
                [
                    "paymentPointerId": .string(payer.pointer), "quoteId": .string(quote),
                    "externalRef": .string(reference),
                ]
            }
            if let payment { payments.append(payment) }
        }
        for payment in payments { await settle(payment, of: payer) }
    }

    /// Gives the payment its money, leaves it, or cancels it.
    private mutating func settle(_ payment: String, of payer: Holder) async {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<4: return
        case 4..<8:
            _ = await step(.cancellation, of: payer, reference: payment, Self.cancel) { _ in
                ["outgoingPaymentId": .string(payment)]
            }
        default:
            guard let event = await event(of: payment, payer) else { return }
            _ = await step(.funding, of: payer, reference: event, Self.fund) { _ in
                ["eventId": .string(event)]
            }
        }
    }

    private mutating func event(of payment: String, _ payer: Holder) async -> String? {
        for _ in 0..<100 {
            let page = await persistence.api.query(
                """
                query($id: String!) {
                  answer: webhookEvents(filter: {subjectId: $id}, first: 1) {
                    edges { node { id type } } } }
                """, ["id": .string(payment)], apiKey: payer.apiKey)
            if let id = page.edges[0].node.id.text { return id }
            try? await Task.sleep(for: .milliseconds(100))
            // The payment was acknowledged, so its event is there.
            if !page.isNull {
                journal.complain("payment \(payment) has no event")
                return nil
            }
        }
        return nil
    }

    /// - Returns: what the server calls what was made; nil unless it was acknowledged.
    private mutating func step(
        _ kind: PaymentStep.Kind, of holder: Holder, reference: String, _ document: String,
        _ input: (String) -> JSON
    ) async -> String? {
        let epoch = journal.epoch
        // Without a key, what has no answer cannot be sent again, but for what has an id.
        let isByID = kind == .funding || kind == .cancellation
        let key = !isByID || random.chance(50) ? random.uuid().uuidString : nil
        let isHasty = random.chance(4)
        let variables: JSON = isByID ? input(reference) : ["input": input(reference)]
        let outcome = await persistence.ask(
            document, variables, apiKey: holder.apiKey,
            idempotencyKey: isHasty && !isByID ? nil : key, isPatient: !isHasty, &random)
        var id: String?
        let verdict: Verdict
        switch outcome {
        case .answered(code: "200", let json, _):
            id = json.made.id.text
            verdict = .acknowledged
        case .answered(let code, let json, let mayBeDone):
            verdict = Self.refused(kind, code, json, mayBeDone: mayBeDone, hasKey: key != nil)
        case .denied: verdict = .denied
        case .undecided: verdict = .undecided
        }
        journal.add(
            PaymentStep(
                kind: kind, tenant: holder.tenant, reference: reference, id: id, verdict: verdict,
                epoch: epoch))
        return id
    }

    private static func refused(
        _ kind: PaymentStep.Kind, _ code: String, _ json: JSON, mayBeDone: Bool, hasKey: Bool
    ) -> Verdict {
        let message = json.message.text ?? ""
        switch kind {
        case .funding where code == "409" && mayBeDone && !hasKey: return .acknowledged
        case .cancellation where code != "200" && mayBeDone && !hasKey: return .undecided
        // The asset's liquidity on the payer's side, or the other tenant's limit.
        case .quote where message == "invalid receiver": return .denied
        default: return .contradiction("\(kind) was answered \(code) \(message)")
        }
    }

    private static let createIncoming = """
        mutation($input: CreateIncomingPaymentInput!) {
          answer: createIncomingPayment(input: $input) { code message made: payment { id } } }
        """
    private static let createQuote = """
        mutation($input: CreateQuoteInput!) {
          answer: createQuote(input: $input) { code message made: quote { id } } }
        """
    private static let createOutgoing = """
        mutation($input: CreateOutgoingPaymentInput!) {
          answer: createOutgoingPayment(input: $input) { code message made: payment { id } } }
        """
    private static let cancel = """
        mutation($outgoingPaymentId: String!) {
          answer: cancelOutgoingPayment(id: $outgoingPaymentId) {
            code message made: payment { id } } }
        """
    private static let fund = """
        mutation($eventId: String!) {
          answer: depositEventLiquidity(eventId: $eventId) { code message } }
        """
}
