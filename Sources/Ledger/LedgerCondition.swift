package import Postgres

/// What must hold in an operation's transaction for it to be carried out, such as that the key is
/// valid which it was asked for with. Operations with and without conditions share batches.
package struct LedgerCondition: Hashable, Sendable {
    /// Reads, as the operation's tenant, and fails unless the condition holds.
    package let statement: SQL
    /// The SQLSTATE that it fails with then.
    package let sqlState: String

    package init(_ statement: SQL, failingWith sqlState: String) {
        self.statement = statement
        self.sqlState = sqlState
    }

    /// Whether an error says that the condition does not hold, and so that nothing was done.
    package func isReason(for error: any Error) -> Bool {
        (error as? PostgresError)?.sqlState == sqlState
    }
}
