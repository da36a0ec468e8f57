package import Foundation
package import Logging
package import Postgres

/// Double-entry accounts in PostgreSQL: balances are materialised, transfers immutable, and the
/// rules constraints of the database. Nothing else writes its tables.
///
/// Operations that stand alone go through `perform`, where those that come at the same time share a
/// commit. What must be atomic with other rows goes through `apply`, in their transaction.
package final class Ledger: Sendable {
    /// How many rows one batch may have: more only adds latency.
    private static let batchLimit = 200

    private let repository = LedgerRepository()
    private let coalescer: Coalescer<LedgerRequest, UInt64>
    let read: Read

    /// Reads as a tenant, or as none.
    package typealias Read = @Sendable (_ statement: SQL, _ tenant: UUID?) async throws -> Rows

    /// - Parameters:
    ///   - read: how accounts and transfers are read.
    ///   - settings: what every batch of a tenant must set, the tenant itself included.
    ///   - concurrency: how many batches may be under way at once, over all tenants.
    package init(
        pool: Pool, concurrency: Int = 2, logger: Logger, read: @escaping Read,
        settings: @escaping @Sendable (_ tenant: UUID) -> [LocalSetting]
    ) {
        self.read = read
        let batches = BatchRunner(pool: pool, settings: settings, logger: logger)
        let metrics = LedgerMetrics()
        coalescer = Coalescer(
            limit: Self.batchLimit, concurrency: concurrency, overlaps: true,
            executor: pool.executor,
            tracer: pool.tracer, name: "ledger", size: \.operation.rowCount
        ) { requests, tenant in
            await metrics.measure(requests.count) {
                await batches.run(requests, tenant: tenant)
            }
        }
    }

    /// Performs one operation in a transaction that it shares with others of its tenant.
    /// - Returns: the amount that its first leg moved.
    /// - Parameter condition: what must hold in that transaction.
    /// - Throws: `LedgerError` if it was refused; `PostgresError` if nobody knows the outcome
    ///   (`.commitUnknown`) or it was not carried out (every other kind), as where the condition
    ///   does not hold.
    package func perform(
        _ operation: LedgerOperation, tenant: UUID, if condition: LedgerCondition? = nil
    ) async throws -> UInt64 {
        try await coalescer.perform(
            LedgerRequest(operation: operation, condition: condition), tenant: tenant)
    }

    /// Performs operations in order, each as a whole or not at all, within the caller's
    /// transaction. It locks accounts: call it last, and once, where another one could do the same
    /// in another order.
    package func apply(
        _ operations: [LedgerOperation], in transaction: Transaction
    ) async throws -> [Result<UInt64, LedgerError>] {
        try await repository.apply(operations, in: transaction)
    }

    /// Performs one operation within the caller's transaction.
    /// - Throws: `LedgerError` if it was refused; the transaction can go on.
    @discardableResult
    package func apply(
        _ operation: LedgerOperation, in transaction: Transaction
    ) async throws -> UInt64 {
        guard let result = try await apply([operation], in: transaction).first else { return 0 }
        return try result.get()
    }

    /// Opens an asset's liquidity account, which has the asset's id, and its settlement account,
    /// within the transaction that makes the asset.
    package func openAccounts(
        ofAsset asset: UUID, settlement: UUID, in transaction: Transaction
    ) async throws {
        try await repository.openAccounts(ofAsset: asset, settlement: settlement, in: transaction)
    }

    /// Opens the liquidity account of something else, which has its id.
    package func openAccount(
        _ id: UUID, kind: AccountKind, asset: UUID, in transaction: Transaction
    ) async throws {
        try await repository.openAccount(id, kind: kind, asset: asset, in: transaction)
    }

    /// Opens accounts that are not there yet; a receivable one has the limit 0 then.
    package func openAccounts(
        _ accounts: [NewAccount], in transaction: Transaction
    ) async throws {
        guard !accounts.isEmpty else { return }
        try await transaction.query(LedgerRepository.openAccounts(accounts))
    }

    /// Sets how much may stand open on a receivable account. Less than does already is allowed:
    /// nothing more comes then until enough was paid.
    /// - Returns: whether there is such an account.
    package func setLimit(
        _ limit: UInt64, of account: UUID, in transaction: Transaction
    ) async throws -> Bool {
        try await repository.setLimit(limit, of: account, in: transaction)
    }

    /// Closes an account for good.
    /// - Returns: false, with nothing done, while it has money on it or on its way.
    package func closeAccount(_ id: UUID, in transaction: Transaction) async throws -> Bool {
        try await repository.closeAccount(id, in: transaction)
    }

    /// Stops all transfers of the transaction's tenant until the transaction ends.
    /// - Returns: whether any account has money on it or on its way.
    package func holdTenant(in transaction: Transaction) async throws -> Bool {
        try await repository.holdTenant(in: transaction)
    }
}

extension Ledger {
    /// The totals of liquidity accounts, by account; unknown and closed ones are left out. Costs
    /// the same whatever the history.
    package func balances(of accounts: [UUID], tenant: UUID) async throws -> [UUID: Balance] {
        try LedgerRepository.balances(
            await read(LedgerRepository.balances(of: accounts, tenant: tenant), tenant))
    }

    /// The totals of liquidity accounts, within the caller's transaction.
    package func balances(
        of accounts: [UUID], tenant: UUID, in transaction: Transaction
    ) async throws -> [UUID: Balance] {
        try LedgerRepository.balances(
            await transaction.query(LedgerRepository.balances(of: accounts, tenant: tenant)))
    }

    /// The accounts of this kind that a pending transfer credits by any of its legs.
    package func accounts(
        _ kind: AccountKind, creditedBy transfer: UUID, tenant: UUID
    ) async throws -> [UUID] {
        let statement = LedgerRepository.accounts(kind, creditedBy: transfer, tenant: tenant)
        return try await read(statement, tenant).map { try $0.decode("id") }
    }

    /// What a liquidity account held at a moment: posted credits less posted debits. Reads the
    /// account's history.
    package func balance(
        of account: UUID, at moment: Timestamp, tenant: UUID
    ) async throws -> UInt64 {
        let statement = LedgerRepository.balance(of: account, at: moment, tenant: tenant)
        return try await read(statement, tenant).first?.decode("balance") ?? 0
    }

    /// The fee account of each asset, with what it has available.
    package func feeAccounts(
        of assets: [UUID], tenant: UUID
    ) async throws -> [UUID: (account: UUID, available: UInt64)] {
        let rows = try await read(
            LedgerRepository.feeAccounts(of: assets, tenant: tenant), tenant)
        return try LedgerRepository.feeAccounts(rows)
    }

    /// The fee account of each asset, within the caller's transaction.
    package func feeAccounts(
        of assets: [UUID], tenant: UUID, in transaction: Transaction
    ) async throws -> [UUID: (account: UUID, available: UInt64)] {
        let rows = try await transaction.query(
            LedgerRepository.feeAccounts(of: assets, tenant: tenant))
        return try LedgerRepository.feeAccounts(rows)
    }

    /// What stands open on payable and receivable accounts, by account.
    package func positions(
        of accounts: [UUID], tenant: UUID
    ) async throws -> [UUID: OpenPosition] {
        let rows = try await read(
            LedgerRepository.positions(of: accounts, tenant: tenant), tenant)
        var positions: [UUID: OpenPosition] = [:]
        for row in rows {
            positions[try row.decode("id")] = OpenPosition(
                amount: try row.decode("amount"), limit: try row.decode("debit_limit"))
        }
        return positions
    }

    /// One transfer; nil for an unknown one.
    package func transfer(_ id: UUID, tenant: UUID) async throws -> RecordedTransfer? {
        let statement = LedgerRepository.transfer(id, tenant: tenant)
        return try await read(statement, tenant).first
            .map { try LedgerRepository.recordedTransfer($0) }
    }

    /// For each account the transfers on either side of it, from one end of the history on, in one
    /// statement; one more than the limit where there are more. Costs the same for any history.
    package func transfers(
        of accounts: [UUID], _ history: HistoryRequest, tenant: UUID
    ) async throws -> [UUID: [RecordedTransfer]] {
        let statement = LedgerRepository.transfers(of: accounts, history, tenant: tenant)
        var transfers: [UUID: [RecordedTransfer]] = [:]
        for row in try await read(statement, tenant) {
            let account: UUID = try row.decode("account_id")
            transfers[account, default: []].append(try LedgerRepository.recordedTransfer(row))
        }
        return transfers
    }

    /// Lets pending transfers expire whose time has come, in all tenants; those of one tenant
    /// together.
    /// - Returns: how many expired; fewer than `limit` if none is left.
    /// - Throws: `PostgresError` if one could not be expired, after all others were tried.
    package func expire(limit: Int) async throws -> Int {
        let due = try await read(LedgerRepository.due(limit), nil)
        return try await withThrowingTaskGroup(of: Result<Bool, any Error>.self) { group in
            for row in due {
                let tenant: UUID = try row.decode("tenant_id")
                let id: UUID = try row.decode("transfer_id")
                group.addTask { await self.expire(id, tenant: tenant) }
            }
            let results = try await group.reduce(into: []) { $0.append($1) }
            return try results.reduce(0) { try $1.get() ? $0 + 1 : $0 }
        }
    }

    /// - Returns: false if somebody else resolved it meanwhile.
    private func expire(_ id: UUID, tenant: UUID) async -> Result<Bool, any Error> {
        do {
            _ = try await perform(.resolve(id: id, .expire), tenant: tenant)
            return .success(true)
        } catch is LedgerError {
            return .success(false)
        } catch {
            return .failure(error)
        }
    }
}
