import Foundation

/// Compares what payers were told with what has become of their payments.
struct PaymentInquest {
    typealias Pot = PaymentStateRepository.Pot

    let outgoing: [UUID: PaymentStateRepository.Outgoing]
    let incoming: [UUID: PaymentStateRepository.Incoming]
    let quotes: [UUID: String]
    let deposits: [UUID: (payment: UUID, amount: Int)]
    let events: [UUID: [String]]
    private(set) var tallies: [Int: Inquest.Tally] = [:]
    private(set) var problems: [String] = []
    private var outgoingByReference: [String: Int] = [:]
    private var incomingByReference: [String: Int] = [:]
    private var quotesByReceiver: [String: Int] = [:]

    init(_ repository: PaymentStateRepository) async throws {
        outgoing = Dictionary(
            try await repository.outgoing().map { ($0.id, $0) }
        ) { first, _ in first }
        incoming = try await repository.incoming()
        quotes = try await repository.quotes()
        deposits = try await repository.deposits()
        events = try await repository.events()
        for payment in outgoing.values {
            outgoingByReference[payment.reference ?? "", default: 0] += 1
        }
        for payment in incoming.values {
            incomingByReference[payment.reference ?? "", default: 0] += 1
        }
        for receiver in quotes.values { quotesByReceiver[receiver, default: 0] += 1 }
    }

    // MARK: What was said

    mutating func examine(_ steps: [PaymentStep]) {
        for step in steps { examine(step) }
        let asked = Dictionary(grouping: steps.filter { $0.kind == .quote }, by: \.reference)
        for (receiver, count) in quotesByReceiver {
            let possible = asked[receiver, default: []].count { step in
                if case .denied = step.verdict { false } else { true }
            }
            if count > possible {
                problems.append("\(count) quotes for \(receiver), \(possible) were asked for")
                tallies[0, default: Inquest.Tally()].doubled += 1
            }
        }
    }

    private mutating func examine(_ step: PaymentStep) {
        var tally = tallies[step.epoch] ?? Inquest.Tally()
        let count = count(step)
        switch step.verdict {
        case .acknowledged:
            tally.acknowledged += 1
            if count < 1 {
                tally.lost += 1
                problems.append("\(step.kind) \(step.reference) was acknowledged and is lost")
            }
        case .denied:
            if count > 0, step.kind != .quote {
                tally.doubled += 1
                problems.append("\(step.kind) \(step.reference) was denied and is there")
            }
        case .undecided: tally.undecided += 1
        case .contradiction(let problem):
            tally.lost += 1
            problems.append("\(step.reference): \(problem)")
        }
        if count > 1 {
            tally.doubled += 1
            problems.append("\(step.kind) \(step.reference) is there \(count) times")
        }
        tallies[step.epoch] = tally
    }

    /// How often a step was done.
    private func count(_ step: PaymentStep) -> Int {
        let id = step.id.flatMap(UUID.init(uuidString:))
        let subject = UUID(uuidString: step.reference)
        switch step.kind {
        case .incoming:
            guard id.map({ incoming[$0]?.reference == step.reference }) ?? true else { return 0 }
            return incomingByReference[step.reference] ?? 0
        case .outgoing:
            guard id.map({ outgoing[$0]?.reference == step.reference }) ?? true else { return 0 }
            return outgoingByReference[step.reference] ?? 0
        case .quote: return id.map { quotes[$0] == step.reference ? 1 : 0 } ?? 0
        case .funding: return subject.map { deposits[$0] == nil ? 0 : 1 } ?? 0
        case .cancellation:
            return subject.map { outgoing[$0]?.error == "Cancelled" ? 1 : 0 } ?? 0
        }
    }

    // MARK: What must be so

    /// Every payment has come to an end that its money and its events agree with.
    mutating func examinePayments() {
        let funded = Dictionary(grouping: deposits.values, by: \.payment)
        var received: [UUID: Int] = [:]
        for payment in outgoing.values {
            let deposits = funded[payment.id, default: []]
            let isFunded = deposits.map(\.amount) == [payment.sendAmount]
            let isOver = payment.state == "COMPLETED"
            let isSound =
                switch (payment.state, isFunded) {
                case ("COMPLETED", true): payment.held == 0
                case ("FAILED", true): payment.held == payment.sendAmount
                case ("FAILED", false), ("FUNDING", false): deposits.isEmpty && payment.held == 0
                default: false
                }
            if !isSound {
                problems.append(
                    "payment \(payment.id) is \(payment.state), was given "
                        + "\(deposits.map(\.amount)) of \(payment.sendAmount), and has "
                        + "\(payment.held)")
            }
            if isOver { received[payment.receiver, default: 0] += payment.receiveAmount }
            let end = isOver ? "completed" : payment.state == "FAILED" ? "failed" : nil
            let expected = ["created", end].compactMap(\.self).map { "outgoing_payment.\($0)" }
            if events[payment.id] ?? [] != expected {
                problems.append(
                    "payment \(payment.id) is \(payment.state) with the events "
                        + "\(events[payment.id] ?? [])")
            }
        }
        for (id, payment) in incoming
        where payment.received != received[id, default: 0] || payment.held != payment.received {
            problems.append(
                "incoming payment \(id) received \(payment.received), has \(payment.held), and "
                    + "was sent \(received[id, default: 0])")
        }
    }

    /// Every unit of every pot is where completed payments have put it.
    /// - Parameter liquidity: what was deposited to each asset of each tenant.
    mutating func compare(with pots: [Pot: Int], liquidity: [Pot: Int]) {
        var expected = liquidity
        for (pot, amount) in liquidity {
            expected[Pot(tenant: pot.tenant, code: pot.code, kind: "settlement")] = amount
        }
        for payment in outgoing.values {
            func pot(_ kind: String, _ code: String) -> Pot {
                Pot(tenant: payment.tenant, code: code, kind: kind)
            }
            if payment.state == "COMPLETED" || payment.held > 0 {
                expected[pot("settlement", payment.code), default: 0] += payment.sendAmount
            }
            guard payment.state == "COMPLETED" else {
                expected[pot("outgoing_payment", payment.code), default: 0] += payment.held
                continue
            }
            if payment.code != payment.receivedCode {
                expected[pot("asset", payment.code), default: 0] += payment.sendAmount
                expected[pot("asset", payment.receivedCode), default: 0] -= payment.receiveAmount
            }
            var arrival = pot("incoming_payment", payment.receivedCode)
            if payment.receivingTenant != payment.tenant {
                var debt = pot("payable", payment.receivedCode)
                debt.counterparty = payment.receivingTenant
                let claim = Pot(
                    tenant: payment.receivingTenant, code: payment.receivedCode,
                    kind: "receivable", counterparty: payment.tenant)
                arrival = Pot(
                    tenant: payment.receivingTenant, code: payment.receivedCode,
                    kind: "incoming_payment")
                expected[debt, default: 0] += payment.receiveAmount
                expected[claim, default: 0] += payment.receiveAmount
            }
            expected[arrival, default: 0] += payment.receiveAmount
        }
        for pot in Set(expected.keys).union(pots.keys)
        where expected[pot, default: 0] != pots[pot, default: 0] {
            problems.append(
                "\(pot.kind) in \(pot.code) of \(pot.tenant) is \(pots[pot, default: 0]), and "
                    + "should be \(expected[pot, default: 0])")
        }
    }

    /// Payments by state, in words.
    var summary: String {
        let states = Dictionary(grouping: outgoing.values, by: \.state).mapValues(\.count)
        let late = outgoing.values.count { $0.state == "FAILED" && $0.held > 0 }
        let texts = states.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        return "payments: \(texts.joined(separator: ", ")), \(late) failed with their money"
    }
}
