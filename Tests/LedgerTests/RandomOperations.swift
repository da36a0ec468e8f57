import Foundation
import Ledger
import TestSupport

/// Operations of every kind in random order: sound ones, and such as must be refused.
struct RandomOperations {
    var random: SeededRandom
    /// Accounts that operations name; some may be unknown or closed.
    let accounts: [UUID]
    /// How long a pending transfer may live: one of these, in seconds.
    let timeouts: [Int?]
    /// Ids that were given out, by this source or another.
    var ids: [UUID]
    /// Ids of operations that may be pending.
    var pending: [UUID] = []

    mutating func next() -> LedgerOperation {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<30: make([transfer(nil, account(), phase: phase(10))])
        case 30..<48: make([transfer(account(), nil, phase: phase(60))])
        case 48..<70: make([transfer(account(), account(), phase: phase(30))])
        case 70..<80: compound()
        default: resolve()
        }
    }

    private mutating func compound() -> LedgerOperation {
        let phase = phase(50)
        let count = Int.random(in: 2...4, using: &random)
        return make(
            (0..<count).map { _ in
                let isOpen = random.chance(20)
                return transfer(isOpen ? nil : account(), account(), phase: phase)
            })
    }

    private mutating func make(_ legs: [Transfer]) -> LedgerOperation {
        if legs[0].phase != .single { pending.append(legs[0].id) }
        return .transfer(legs)
    }

    private mutating func resolve() -> LedgerOperation {
        let id: UUID? =
            switch Int.random(in: 0..<10, using: &random) {
            case 0: nil
            case 1..<3: ids.randomElement(using: &random)
            default: pending.suffix(15).randomElement(using: &random)
            }
        let resolutions: [LedgerOperation.Resolution] = [.post, .void, .post, .void, .expire]
        return .resolve(
            id: id ?? random.uuid(), resolutions.randomElement(using: &random) ?? .post)
    }

    private mutating func transfer(
        _ debit: UUID?, _ credit: UUID?, phase: Transfer.Phase
    ) -> Transfer {
        let isAgain = random.chance(8)
        let id = (isAgain ? ids.randomElement(using: &random) : nil) ?? random.uuid()
        if !isAgain { ids.append(id) }
        let kinds: [AccountKind?] = [.peer, .asset, .paymentPointer]
        let kind = random.chance(15) ? kinds.randomElement(using: &random) ?? nil : nil
        return Transfer(
            id: id, debit: debit, credit: credit,
            kind: kind, amount: amount(), phase: phase)
    }

    private mutating func account() -> UUID {
        accounts.randomElement(using: &random) ?? random.uuid()
    }

    private mutating func phase(_ percent: Int) -> Transfer.Phase {
        guard random.chance(percent) else { return .single }
        return .pending(seconds: timeouts.randomElement(using: &random) ?? nil)
    }

    /// In the smallest unit: mostly small, sometimes none, all there is, or near the largest.
    private mutating func amount() -> UInt64? {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: 0
        case 1, 2: nil
        case 3: UInt64.max - UInt64.random(in: 0...3, using: &random)
        case 4: UInt64.max / 2 + UInt64.random(in: 0...3, using: &random)
        case 5, 6: UInt64.random(in: 1...1_000_000_000, using: &random)
        default: UInt64.random(in: 1...20, using: &random)
        }
    }
}
