package import Foundation

/// A movement of money from one account, which is debited, to another of the same asset, which is
/// credited.
package struct Transfer: Sendable {
    /// Whether it takes effect at once or in two phases.
    package enum Phase: Sendable, Equatable {
        case single
        /// Reserves the amount until it is posted or voided, or until so many seconds have passed.
        case pending(seconds: Int?)
    }

    /// Any UUID, once within a tenant.
    package let id: UUID
    /// nil for the settlement account of the other one's asset.
    package let debit: UUID?
    /// nil for the settlement account of the other one's asset.
    package let credit: UUID?
    /// Which kind the named accounts must have; nil for any.
    package let kind: AccountKind?
    /// In the asset's smallest unit, 1 to 2^64-1; nil for all that is available.
    package let amount: UInt64?
    package let phase: Phase

    package init(
        id: UUID, debit: UUID?, credit: UUID?, kind: AccountKind? = nil, amount: UInt64?,
        phase: Phase = .single
    ) {
        self.id = id
        self.debit = debit
        self.credit = credit
        self.kind = kind
        self.amount = amount
        self.phase = phase
    }

    /// Money that comes in from outside.
    package static func deposit(
        id: UUID, to account: UUID, kind: AccountKind, amount: UInt64
    ) -> Transfer {
        Transfer(id: id, debit: nil, credit: account, kind: kind, amount: amount)
    }

    /// Money that leaves; all that is available if `amount` is nil.
    package static func withdrawal(
        id: UUID, from account: UUID, kind: AccountKind, amount: UInt64?, phase: Phase
    ) -> Transfer {
        Transfer(id: id, debit: account, credit: nil, kind: kind, amount: amount, phase: phase)
    }
}

/// One thing that a caller wants of the ledger; it takes effect as a whole or not at all.
package enum LedgerOperation: Sendable {
    /// Makes transfers that share their fate. The first one's id is that of all of them.
    case transfer([Transfer])
    /// Ends a pending transfer, with all its legs.
    case resolve(id: UUID, Resolution)

    package enum Resolution: String, Sendable {
        case post
        case void
        /// Voids it if its time has passed.
        case expire
    }

    var rowCount: Int {
        switch self {
        case .transfer(let legs): legs.count
        case .resolve: 1
        }
    }
}
