import Foundation
import Ledger

/// What the ledger is to do, as simply as it can be said: one thing after the other, in memory.
struct LedgerModel {
    struct Account {
        /// nil for a settlement account.
        let kind: AccountKind?
        let asset: UUID
        var isClosed = false
        var debitsPosted: Int128 = 0
        var debitsPending: Int128 = 0
        var creditsPosted: Int128 = 0
        var creditsPending: Int128 = 0

        var available: Int128 { creditsPosted - debitsPosted - debitsPending }
        var room: Int128 { Int128(UInt64.max) + debitsPosted - creditsPosted - creditsPending }
        var isEmpty: Bool {
            creditsPosted == debitsPosted && debitsPending == 0 && creditsPending == 0
        }
    }

    struct Entry {
        let debit: UUID
        let credit: UUID
        let amount: UInt64
        let isTwoPhase: Bool
        let isDueAtOnce: Bool
        let head: UUID
        var state: RecordedTransfer.State
    }

    private(set) var accounts: [UUID: Account] = [:]
    private(set) var transfers: [UUID: Entry] = [:]
    /// Ids of transfers in the order in which they were made.
    private(set) var order: [UUID] = []
    private var settlements: [UUID: UUID] = [:]

    mutating func openAsset(_ asset: UUID) {
        let settlement = UUID()
        settlements[asset] = settlement
        accounts[settlement] = Account(kind: nil, asset: asset)
        accounts[asset] = Account(kind: .asset, asset: asset)
    }

    mutating func openPeer(_ id: UUID, asset: UUID) {
        accounts[id] = Account(kind: .peer, asset: asset)
    }

    mutating func close(_ id: UUID) -> Bool {
        guard accounts[id]?.isEmpty == true else { return false }
        accounts[id]?.isClosed = true
        return true
    }

    mutating func perform(_ operation: LedgerOperation) -> Result<UInt64, LedgerError> {
        switch operation {
        case .transfer(let legs): make(legs)
        case .resolve(let id, let resolution): resolve(id, resolution)
        }
    }

    /// - Returns: how many operations expired.
    mutating func expireAllThatIsDue() -> Int {
        let due = order.filter { id in
            guard let entry = transfers[id] else { return false }
            return entry.head == id && entry.state == .pending && entry.isDueAtOnce
        }
        for id in due { _ = resolve(id, .expire) }
        return due.count
    }

    // MARK: Making

    private mutating func make(_ legs: [Transfer]) -> Result<UInt64, LedgerError> {
        let before = self
        var first: UInt64?
        for (number, leg) in legs.enumerated() {
            switch make(leg, head: legs[0].id) {
            case .success(let amount): first = first ?? amount
            case .failure(let error):
                self = before
                return .failure(LedgerError(error.reason, leg: number))
            }
        }
        return .success(first ?? 0)
    }

    private mutating func make(_ leg: Transfer, head: UUID) -> Result<UInt64, LedgerError> {
        if let debit = leg.debit, named(debit, leg.kind) == nil {
            return .failure(LedgerError(.debitAccountUnknown))
        }
        if let credit = leg.credit, named(credit, leg.kind) == nil {
            return .failure(LedgerError(.creditAccountUnknown))
        }
        guard
            let asset = [leg.debit, leg.credit].compactMap({ $0 }).first.flatMap({ accounts[$0] })?
                .asset, let settlement = settlements[asset]
        else { return .failure(LedgerError(.debitAccountUnknown)) }
        let (debit, credit) = (leg.debit ?? settlement, leg.credit ?? settlement)
        if debit == credit { return .failure(LedgerError(.sameAccount)) }
        guard accounts[debit]?.asset == accounts[credit]?.asset else {
            return .failure(LedgerError(.differentAssets))
        }
        // Outside there is no end of money, so that all of it would fit nowhere.
        let available = leg.debit.flatMap { accounts[$0] }?.available ?? .max
        let room = leg.credit.flatMap { accounts[$0] }?.room ?? .max
        let amount = leg.amount.map { Int128($0) } ?? available
        if amount == 0 { return .failure(LedgerError(.amountZero)) }
        if transfers[leg.id] != nil { return .failure(LedgerError(.exists)) }
        if amount > available { return .failure(LedgerError(.insufficientBalance)) }
        if amount > room { return .failure(LedgerError(.balanceTooLarge)) }
        record(leg, debit: debit, credit: credit, amount: amount, head: head)
        return .success(UInt64(amount))
    }

    private mutating func record(
        _ leg: Transfer, debit: UUID, credit: UUID, amount: Int128, head: UUID
    ) {
        let isTwoPhase = leg.phase != .single
        if isTwoPhase {
            accounts[debit]?.debitsPending += amount
            accounts[credit]?.creditsPending += amount
        } else {
            accounts[debit]?.debitsPosted += amount
            accounts[credit]?.creditsPosted += amount
        }
        transfers[leg.id] = Entry(
            debit: debit, credit: credit, amount: UInt64(amount), isTwoPhase: isTwoPhase,
            isDueAtOnce: leg.phase == .pending(seconds: 0), head: head,
            state: isTwoPhase ? .pending : .posted)
        order.append(leg.id)
    }

    private func named(_ id: UUID, _ kind: AccountKind?) -> Account? {
        guard let account = accounts[id], !account.isClosed, let own = account.kind,
            own == kind ?? own
        else { return nil }
        return account
    }

    // MARK: Resolving

    private mutating func resolve(
        _ id: UUID, _ resolution: LedgerOperation.Resolution
    ) -> Result<UInt64, LedgerError> {
        guard let entry = transfers[id], entry.head == id else {
            return .failure(LedgerError(.transferUnknown))
        }
        switch entry.state {
        case .voided, .expired: return .failure(LedgerError(.alreadyVoided))
        case .posted:
            let isDeposit = !entry.isTwoPhase && accounts[entry.debit]?.kind == nil
            return .failure(LedgerError(isDeposit ? .transferUnknown : .alreadyPosted))
        case .pending: break
        }
        if resolution == .expire, !entry.isDueAtOnce { return .failure(LedgerError(.notDue)) }
        let state: RecordedTransfer.State =
            entry.isDueAtOnce ? .expired : resolution == .post ? .posted : .voided
        for (leg, entry) in transfers where entry.head == id { end(leg, entry, as: state) }
        return entry.isDueAtOnce && resolution != .expire
            ? .failure(LedgerError(.alreadyVoided)) : .success(entry.amount)
    }

    private mutating func end(_ id: UUID, _ entry: Entry, as state: RecordedTransfer.State) {
        let amount = Int128(entry.amount)
        accounts[entry.debit]?.debitsPending -= amount
        accounts[entry.credit]?.creditsPending -= amount
        if state == .posted {
            accounts[entry.debit]?.debitsPosted += amount
            accounts[entry.credit]?.creditsPosted += amount
        }
        transfers[id]?.state = state
    }
}
