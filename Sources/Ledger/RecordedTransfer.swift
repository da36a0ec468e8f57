package import Foundation
package import Postgres

/// A transfer as the ledger has it.
package struct RecordedTransfer: Sendable, Equatable {
    package enum State: String, Sendable {
        case pending, posted, voided, expired
    }

    package let id: UUID
    package let debit: UUID
    package let credit: UUID
    /// Whether the money came from outside.
    package let isDeposit: Bool
    /// Whether the money leaves.
    package let isWithdrawal: Bool
    /// In the asset's smallest unit.
    package let amount: UInt64
    package let state: State
    package let createdAt: Timestamp
    /// When it stops being pending by itself.
    package let expiresAt: Timestamp?
    /// When it was posted, voided or expired, of a two-phase one.
    package let resolvedAt: Timestamp?
}

/// Which part of an account's history is asked for. The order is that of the commits.
package struct HistoryRequest: Sendable {
    package enum Start: Sendable {
        /// From the first one on.
        case oldest
        /// From the last one back.
        case newest
        /// From the one after this transfer on; an unknown one gives nothing.
        case after(UUID)
        /// From the one before this transfer back; an unknown one gives nothing.
        case before(UUID)
    }

    package let start: Start
    package let limit: Int

    package init(_ start: Start, limit: Int) {
        self.start = start
        self.limit = limit
    }
}
