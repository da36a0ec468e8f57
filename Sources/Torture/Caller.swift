import Foundation
import Synchronization
import TestSupport

/// Whether the load goes on.
final class Load: Sendable {
    private let isOver = Mutex(false)

    var goesOn: Bool { isOver.withLock { !$0 } }

    func end() { isOver.withLock { $0 = true } }
}

/// A client that wants one thing after the other, and sends again what was not answered.
struct Caller {
    let persistence: Persistence
    let books: Books
    let journal: Journal
    let load: Load
    var random: SeededRandom

    mutating func run() async {
        while load.goesOn {
            let operation = next()
            let isDone = await carryOut(operation)
            // What is pending is finalised, rolled back, or left.
            if isDone, operation.kind.isPending, random.chance(85) {
                _ = await carryOut(
                    Operation(
                        kind: random.chance(60) ? .finalisation : .rollback, books: books,
                        id: operation.id, idempotencyKey: key()))
            }
        }
    }

    private mutating func next() -> Operation {
        let (first, second) = (peer(), peer())
        let amount = UInt64.random(in: 1...1000, using: &random)
        let (kind, debit, credit): (Operation.Kind, UUID?, UUID?) =
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<25: (.depositToAsset, nil, books.asset)
            case 25..<40: (.depositToPeer, nil, first)
            case 40..<60: (.withdrawal, first, nil)
            case 60..<63: (.peer, nil, nil)
            case 63..<85 where first != second: (.transfer, first, second)
            case 85..<100 where first != second: (.hold, first, second)
            default: (.depositToPeer, nil, first)
            }
        let difference = kind == .transfer && random.chance(40) ? amount / 2 : 0
        return Operation(
            kind: kind, books: books, id: random.uuid(), debit: debit, credit: credit,
            amount: amount, difference: difference, idempotencyKey: key())
    }

    private mutating func peer() -> UUID {
        books.peers.randomElement(using: &random) ?? books.asset
    }

    private mutating func key() -> String? {
        random.chance(50) ? random.uuid().uuidString : nil
    }

    /// Sends the operation until it is answered, or patience ends: some clients go away at once.
    /// - Returns: whether it was acknowledged.
    private mutating func carryOut(_ operation: Operation) async -> Bool {
        let epoch = journal.epoch
        let isPatient = operation.isRepeatable && !random.chance(5)
        let outcome = await persistence.ask(
            operation.document, operation.variables, apiKey: operation.books.apiKey,
            idempotencyKey: operation.idempotencyKey, isPatient: isPatient, &random)
        let verdict: Verdict =
            switch outcome {
            case .answered(let code, let json, let mayBeDone):
                verdict(operation, code, json, mayBeDone: mayBeDone)
            case .denied: .denied
            case .undecided: .undecided
            }
        journal.add(Record(operation: operation, verdict: verdict, epoch: epoch))
        if case .acknowledged = verdict { return true }
        return false
    }

    private func verdict(
        _ operation: Operation, _ code: String, _ answer: JSON, mayBeDone: Bool
    ) -> Verdict {
        if code == "200" { return .acknowledged }
        // Under a key, even the repetition is answered as the first attempt was.
        if code == "409", mayBeDone, operation.idempotencyKey == nil, operation.isOwnWork(answer) {
            return .acknowledged
        }
        return .contradiction(
            "\(operation.kind) \(operation.id) was answered \(code) \(answer.message.text ?? "")")
    }
}
