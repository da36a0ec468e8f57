/// Why the ledger refuses an operation. Nothing was changed then.
package struct LedgerError: Error, Equatable, Sendable {
    /// The codes of `hazina.ledger_apply`.
    package enum Reason: String, Sendable {
        /// The debited account is not there, is closed, or is of another kind.
        case debitAccountUnknown = "debit_account_unknown"
        /// The credited account is not there, is closed, or is of another kind.
        case creditAccountUnknown = "credit_account_unknown"
        case sameAccount = "same_account"
        case differentAssets = "different_assets"
        case amountZero = "amount_zero"
        /// The tenant has a transfer of this id, whatever it moves.
        case exists
        /// Less is available than was asked for.
        case insufficientBalance = "insufficient_balance"
        /// The account would hold more than 2^64-1.
        case balanceTooLarge = "balance_too_large"
        /// There is no two-phase transfer of this id.
        case transferUnknown = "transfer_unknown"
        case alreadyPosted = "already_posted"
        /// It was voided, or its time has passed.
        case alreadyVoided = "already_voided"
        /// It cannot expire yet.
        case notDue = "not_due"
        /// The tenant may not move money any more.
        case tenantDisabled = "tenant_disabled"
    }

    package let reason: Reason
    /// Which leg of the operation was refused, from 0.
    package let leg: Int

    package init(_ reason: Reason, leg: Int = 0) {
        self.reason = reason
        self.leg = leg
    }
}
