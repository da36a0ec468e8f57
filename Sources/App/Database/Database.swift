import Foundation
import Ledger
import Logging
package import Postgres
import Tracing

/// The pool as the features see it: every statement runs as one tenant, within a time limit.
package struct Database: Sendable {
    package let pool: Pool
    /// How long one statement may take; zero for no limit.
    package let statementTimeout: Duration
    /// What queries are read from, if there is one.
    private let standby: Standby?

    package init(pool: Pool, statementTimeout: Duration, standby: Standby? = nil) {
        self.pool = pool
        self.statementTimeout = statementTimeout
        self.standby = standby
    }

    /// Who is told what is done in which request; nil if nobody is.
    var tracer: (any Tracer)? { pool.tracer }

    /// What runs tasks that do little but wait for the database; see `Pool.executor`.
    var executor: (any TaskExecutor)? { pool.executor }

    /// Reads as `tenant`, in one round trip; the statement must not write.
    package func read(_ statement: SQL, as tenant: TenantID) async throws -> Rows {
        if let unit = UnitOfWork.current {
            return try await unit.read(statement, settings: settings(tenant))
        }
        let settings = settings(tenant)
        if let key = RecalledKey.open {
            if standby == nil, key.tenantID == tenant {
                let answers = try await key.reading { check in
                    try await pool.read([check, statement], settings: settings)
                }
                guard let rows = answers.first else {
                    throw PostgresError.decoding("no answer to a statement")
                }
                return rows
            }
            try await key.settle()
        }
        if let standby,
            let rows = try await standby.read(statement, as: tenant, settings: settings)
        {
            return rows
        }
        return try await pool.read(statement, settings: settings)
    }

    /// Reads what belongs to no tenant: the functions that find one.
    package func readDirectory(_ statement: SQL) async throws -> Rows {
        if let unit = UnitOfWork.current {
            return try await unit.read(statement, settings: settings(nil))
        }
        try await requireValidKey()
        return try await pool.read(statement, settings: settings(nil))
    }

    /// Before work that has no check of the caller's key in its own transaction: sees to it that
    /// the key is valid, if nothing has told so yet.
    /// - Throws: `AccessError.badCredential`.
    func requireValidKey() async throws {
        try await RecalledKey.open?.settle()
    }

    /// Runs a function that claims work of any tenant; what follows from it is done as that tenant.
    func claim(_ statement: SQL) async throws -> [Row] {
        try await pool.write([statement], settings: settings(nil)).flatMap { $0 }
    }

    /// Runs `action` once the transaction that the caller's work is part of has been committed: at
    /// once, unless that is a request's as a whole. It is not run if that fails.
    func afterCommit(_ action: @escaping @Sendable () -> Void) {
        if let unit = UnitOfWork.current { unit.afterCommit(action) } else { action() }
    }

    /// Has the queries of this process show what was just written in `tenant`, whatever became of
    /// it.
    private func noteWrite(in tenant: TenantID) {
        guard let standby else { return }
        afterCommit { standby.noteWrite(in: tenant) }
    }

    /// Runs `body` in one transaction as `tenant`. It may run again after a serialisation failure
    /// or a dead-lock, so it must do nothing but database work.
    /// - Parameter isNoted: whether the queries of this process must show at once what it writes.
    package func transaction<Result: Sendable>(
        as tenant: TenantID, isNoted: Bool = true, _ body: (Transaction) async throws -> Result
    ) async throws -> Result {
        defer { if isNoted { noteWrite(in: tenant) } }
        if let unit = UnitOfWork.current {
            return try await unit.perform(settings: settings(tenant), body)
        }
        try await requireValidKey()
        return try await pool.transaction(settings: settings(tenant), body)
    }

    /// Runs statements as `tenant` in one transaction and one round trip: all take effect, or none.
    /// - Returns: what each answered.
    func write(_ statements: [SQL], as tenant: TenantID) async throws -> [Rows] {
        defer { noteWrite(in: tenant) }
        if let unit = UnitOfWork.current {
            return try await unit.perform(settings: settings(tenant)) { transaction in
                try await transaction.pipeline(statements)
            }
        }
        try await requireValidKey()
        return try await pool.write(statements, settings: settings(tenant))
    }

    /// Runs `body` in one transaction as `tenant` that all database work within it joins.
    func unit<Result: Sendable>(
        as tenant: TenantID, _ body: (Transaction) async throws -> Result
    ) async throws -> Result {
        defer { noteWrite(in: tenant) }
        try await requireValidKey()
        let (result, unit) = try await pool.transaction(settings: settings(tenant)) { transaction in
            let unit = UnitOfWork(transaction)
            let result = try await UnitOfWork.$current.withValue(unit) {
                try await body(transaction)
            }
            return (result, unit)
        }
        unit.hasCommitted()
        return result
    }

    /// Runs `body` in one transaction that all database work within it joins: the request's, if it
    /// has one as a whole, otherwise a new one as `tenant`.
    func together<Result: Sendable>(
        as tenant: TenantID, _ body: () async throws -> Result
    ) async throws -> Result {
        if UnitOfWork.current != nil { return try await body() }
        return try await unit(as: tenant) { _ in try await body() }
    }

    /// Performs an operation of the ledger, on its own or with the request's other work.
    func perform(
        _ operation: LedgerOperation, of ledger: Ledger, as tenant: TenantID
    ) async throws -> UInt64 {
        guard UnitOfWork.current != nil else {
            defer { noteWrite(in: tenant) }
            guard let key = RecalledKey.open, key.tenantID == tenant else {
                try await requireValidKey()
                return try await ledger.perform(operation, tenant: tenant.uuid)
            }
            return try await key.writing {
                try await ledger.perform(operation, tenant: tenant.uuid, if: key.condition)
            }
        }
        return try await transaction(as: tenant) { transaction in
            try await ledger.apply(operation, in: transaction)
        }
    }

    /// What a transaction must set to work as `tenant`.
    func settings(_ tenant: TenantID?) -> [LocalSetting] {
        var settings: [LocalSetting] = []
        if let tenant {
            settings.append(LocalSetting(name: "app.tenant_id", value: tenant.description))
        }
        if let seconds = statementSeconds {
            settings.append(LocalSetting(name: "statement_timeout", value: "\(seconds * 1000)"))
        }
        return settings
    }

    /// How long a statement may run that begins now: no longer than the request that it is part of
    /// has left. In whole seconds, rounded up, so that few values are about: only reads with equal
    /// settings travel together.
    private var statementSeconds: Int64? {
        let configured = statementTimeout > .zero ? statementTimeout.components.seconds : nil
        guard let deadline = Pool.deadline else { return configured }
        let left = ContinuousClock.now.duration(to: deadline).components
        let seconds = max(1, left.seconds + (left.attoseconds > 0 ? 1 : 0))
        return configured.map { min($0, seconds) } ?? seconds
    }
}

/// Whether the database could not be reached or had no room, which passes by itself, as against a
/// fault of ours.
package func isUnavailability(_ error: any Error) -> Bool {
    (error as? PostgresError)?.isUnavailable ?? false
}

/// Whether the connection was lost during a commit, so that nobody knows if it took place.
package func isUnknownOutcome(_ error: any Error) -> Bool {
    (error as? PostgresError)?.kind == .commitUnknown
}

/// Whether the named constraint refused a row.
package func isViolation(of constraint: String, _ error: any Error) -> Bool {
    (error as? PostgresError)?.constraint == constraint
}

extension Timestamp {
    /// As the API shows it: ISO 8601, UTC, with milliseconds and `Z`.
    package var text: String { iso8601Milliseconds }

    /// So many seconds later, or the last moment that can be told.
    func advanced(bySeconds seconds: Int) -> Timestamp {
        let (microseconds, overflows) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000)
        let (sum, isBeyond) = microsecondsSinceEpoch.addingReportingOverflow(microseconds)
        return Timestamp(microsecondsSinceEpoch: overflows || isBeyond ? .max : sum)
    }
}

extension Row {
    /// The id in a `uuid` column.
    package func id<Owner>(_ column: String, as: ID<Owner>.Type = ID<Owner>.self) throws -> ID<
        Owner
    > {
        ID<Owner>(try decode(column))
    }

    /// The id in a nullable `uuid` column.
    package func optionalID<Owner>(
        _ column: String, as: ID<Owner>.Type = ID<Owner>.self
    ) throws -> ID<Owner>? {
        try decode(column, as: UUID?.self).map { ID<Owner>($0) }
    }
}

extension Ledger {
    /// The ledger of this database.
    convenience init(database: Database, logger: Logger) {
        self.init(
            pool: database.pool, logger: logger,
            read: { statement, tenant in
                guard let tenant else { return try await database.readDirectory(statement) }
                return try await database.read(statement, as: TenantID(tenant))
            },
            settings: { tenant in database.settings(TenantID(tenant)) })
    }
}
