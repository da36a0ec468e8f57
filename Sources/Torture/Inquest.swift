import Foundation

/// Compares what clients were told with what is in the database.
struct Inquest {
    struct Tally {
        var acknowledged = 0
        var undecided = 0
        /// Acknowledged, and not there as it should be.
        var lost = 0
        /// There more often than once, or though the server said that it was not done.
        var doubled = 0
    }

    let transfers: [UUID: FinalStateRepository.Transfer]
    let settlements: Set<UUID>
    let peers: [String: Int]
    /// What each account must have.
    private(set) var available: [UUID: Int] = [:]
    /// By how many faults there had been.
    private(set) var tallies: [Int: Tally] = [:]
    private(set) var problems: [String] = []
    private var explained: Set<UUID> = []

    init(
        transfers: [UUID: FinalStateRepository.Transfer], settlements: Set<UUID>,
        peers: [String: Int]
    ) {
        self.transfers = transfers
        self.settlements = settlements
        self.peers = peers
    }

    mutating func examine(_ records: [Record]) {
        for record in records { examine(record) }
        for record in records where record.operation.kind.makesTransfer {
            move(record.operation)
        }
        let heads = Set(records.map(\.operation.id))
        for (id, transfer) in transfers where !explained.contains(id) {
            let isLeg = transfer.linkedTo.map { heads.contains($0) } ?? false
            problems.append("transfer \(id) was asked for by nobody\(isLeg ? ": a leg" : "")")
            tallies[0, default: Tally()].doubled += 1
        }
    }

    mutating func compare(with balances: [UUID: Int]) {
        for (id, balance) in balances where !settlements.contains(id) {
            let expected = available[id, default: 0]
            if balance != expected {
                problems.append("account \(id) has \(balance), and should have \(expected)")
            }
        }
    }

    private mutating func examine(_ record: Record) {
        var tally = tallies[record.epoch] ?? Tally()
        let operation = record.operation
        let count = count(operation)
        switch record.verdict {
        case .acknowledged:
            tally.acknowledged += 1
            if count < 1 {
                tally.lost += 1
                problems.append("\(operation.kind) \(operation.id) was acknowledged and is lost")
            }
        case .denied:
            if count > 0 {
                tally.doubled += 1
                problems.append("\(operation.kind) \(operation.id) was denied and is there")
            }
        case .undecided: tally.undecided += 1
        case .contradiction(let problem):
            tally.lost += 1
            problems.append(problem)
        }
        if count > 1 {
            tally.doubled += 1
            problems.append("\(operation.kind) \(operation.id) is there \(count) times")
        }
        tallies[record.epoch] = tally
    }

    /// How often an operation was done.
    private mutating func count(_ operation: Operation) -> Int {
        switch operation.kind {
        case .peer: return peers["test.torture.\(operation.id.uuidString.lowercased())"] ?? 0
        case .finalisation: return transfers[operation.id]?.state == "posted" ? 1 : 0
        case .rollback: return transfers[operation.id]?.state == "voided" ? 1 : 0
        case .depositToPeer, .depositToAsset, .withdrawal, .transfer, .hold: break
        }
        guard let transfer = transfers[operation.id] else { return 0 }
        explained.insert(operation.id)
        let isAsAsked =
            isAccount(transfer.debit, operation.debit)
            && isAccount(transfer.credit, operation.credit)
            && transfer.amount == operation.amount && transfer.linkedTo == nil
        let legs = legs[operation.id] ?? []
        explained.formUnion(legs)
        let expected = operation.difference == 0 ? [] : [operation.difference]
        guard isAsAsked, legs.map({ transfers[$0]?.amount }) == expected else {
            problems.append("\(operation.kind) \(operation.id) is there, but as something else")
            return 0
        }
        return 1
    }

    private lazy var legs: [UUID: [UUID]] = {
        let linked = transfers.compactMap { id, transfer in transfer.linkedTo.map { ($0, id) } }
        return Dictionary(grouping: linked) { $0.0 }.mapValues { $0.map(\.1) }
    }()

    private func isAccount(_ found: UUID, _ wanted: UUID?) -> Bool {
        wanted.map { $0 == found } ?? settlements.contains(found)
    }

    private mutating func move(_ operation: Operation) {
        guard let transfer = transfers[operation.id], transfer.state != "voided" else { return }
        if let debit = operation.debit {
            available[debit, default: 0] -= Int(operation.amount + operation.difference)
        }
        guard transfer.state == "posted" else { return }
        if let credit = operation.credit {
            available[credit, default: 0] += Int(operation.amount)
        }
        available[operation.books.asset, default: 0] += Int(operation.difference)
    }
}
