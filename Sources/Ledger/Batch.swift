import Foundation
import Postgres

/// Operations as the columns that `hazina.ledger_apply` takes.
struct Batch {
    private(set) var actions: [String] = []
    private(set) var groups: [Int32?] = []
    private(set) var ids: [UUID] = []
    private(set) var debits: [UUID?] = []
    private(set) var credits: [UUID?] = []
    private(set) var kinds: [String?] = []
    private(set) var amounts: [UInt64?] = []
    private(set) var timeouts: [Int32?] = []
    private let operations: [LedgerOperation]

    init(_ operations: [LedgerOperation]) {
        self.operations = operations
        reserveCapacity(operations.reduce(0) { $0 + $1.rowCount })
        for (number, operation) in operations.enumerated() {
            switch operation {
            case .transfer(let legs):
                let group = legs.count > 1 ? Int32(truncatingIfNeeded: number) : nil
                for leg in legs { append(leg, group: group) }
            case .resolve(let id, let resolution):
                append(resolution.rawValue, id)
            }
        }
    }

    private mutating func reserveCapacity(_ count: Int) {
        actions.reserveCapacity(count)
        groups.reserveCapacity(count)
        ids.reserveCapacity(count)
        debits.reserveCapacity(count)
        credits.reserveCapacity(count)
        kinds.reserveCapacity(count)
        amounts.reserveCapacity(count)
        timeouts.reserveCapacity(count)
    }

    private mutating func append(_ leg: Transfer, group: Int32?) {
        switch leg.phase {
        case .single: append("transfer", leg.id, leg, group: group)
        case .pending(let seconds):
            append("reserve", leg.id, leg, group: group, timeout: seconds)
        }
    }

    private mutating func append(
        _ action: String, _ id: UUID, _ leg: Transfer? = nil, group: Int32? = nil,
        timeout: Int? = nil
    ) {
        actions.append(action)
        groups.append(group)
        ids.append(id)
        debits.append(leg?.debit)
        credits.append(leg?.credit)
        kinds.append(leg?.kind?.rawValue)
        amounts.append(leg?.amount)
        timeouts.append(timeout.map { Int32(clamping: $0) })
    }

    /// One result an operation.
    func results(of rows: Rows) throws -> [Result<UInt64, LedgerError>] {
        guard rows.count == ids.count else {
            throw PostgresError.decoding("\(rows.count) answers to \(ids.count) rows of a batch")
        }
        var first = 0
        return try operations.map { operation in
            defer { first += operation.rowCount }
            for leg in 0..<operation.rowCount {
                let code: String = try rows[first + leg].decode("code")
                if code == "ok" || code == "linked" { continue }
                guard let reason = LedgerError.Reason(rawValue: code) else {
                    throw PostgresError.decoding("unknown answer of the ledger: \(code)")
                }
                return .failure(LedgerError(reason, leg: leg))
            }
            guard operation.rowCount > 0 else { return .success(0) }
            return .success(try rows[first].decode("amount", as: UInt64?.self) ?? 0)
        }
    }
}
