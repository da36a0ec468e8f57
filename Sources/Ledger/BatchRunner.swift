import Foundation
import Logging
import Postgres

/// An operation, and what must hold for it to be carried out.
struct LedgerRequest: Sendable {
    let operation: LedgerOperation
    let condition: LedgerCondition?
}

/// Carries out a batch, and finds out what became of it when the database was lost meanwhile.
struct BatchRunner: Sendable {
    /// How long the outcome of a batch is looked for.
    private static let patience = Duration.seconds(15)
    private static let attempts = 5

    let pool: Pool
    let settings: @Sendable (UUID) -> [LocalSetting]
    let logger: Logger

    /// One result a request, whatever happens.
    func run(_ requests: [LedgerRequest], tenant: UUID) async -> [Result<UInt64, any Error>] {
        await start(requests, tenant: tenant)()
    }

    /// Carries requests out. Their results are still to be read out of the answer.
    func start(
        _ requests: [LedgerRequest], tenant: UUID
    ) async -> Coalescer<LedgerRequest, UInt64>.Results {
        let start = ContinuousClock.now
        let batch = Batch(requests.map(\.operation))
        let conditions = Set(requests.compactMap(\.condition))
        do {
            let rows = try await apply(batch, tenant: tenant, if: conditions)
            return { batch.erasedResults(of: rows) }
        } catch  where conditions.contains(where: { $0.isReason(for: error) }) {
            let results = await separately(requests, tenant: tenant, error)
            return { results }
        } catch {
            let results = await recover(requests, tenant: tenant, since: start, error)
            return { results }
        }
    }

    /// What has become of requests whose batch has failed.
    private func recover(
        _ requests: [LedgerRequest], tenant: UUID, since start: ContinuousClock.Instant,
        _ error: any Error
    ) async -> [Result<UInt64, any Error>] {
        if let error = error as? PostgresError, error.kind == .commitUnknown {
            logger.warning("Database lost during a commit", metadata: ["error": "\(error)"])
            let operations = requests.map(\.operation)
            return await settle(operations, tenant: tenant, since: start, error)
        }
        if let error = error as? PostgresError, error.mayBeOfOneRow, requests.count > 1 {
            // One of them is at fault. Its neighbours shall not suffer.
            logger.error("Batch failed, trying one by one", metadata: ["error": "\(error)"])
            var results: [Result<UInt64, any Error>] = []
            for request in requests { results += await run([request], tenant: tenant) }
            return results
        }
        // No database, a lock that did not come free in time, a fault of ours: the same would
        // happen to each of them, and each would take as long.
        return requests.map { _ in .failure(error) }
    }

    /// A condition does not hold: requests that have it are carried out without the others.
    private func separately(
        _ requests: [LedgerRequest], tenant: UUID, _ error: any Error
    ) async -> [Result<UInt64, any Error>] {
        var results: [Result<UInt64, any Error>] = requests.map { _ in .failure(error) }
        let groups = Dictionary(grouping: requests.indices) { requests[$0].condition }.values
        guard groups.count > 1 else { return results }
        for places in groups {
            let outcomes = await run(places.map { requests[$0] }, tenant: tenant)
            for (place, outcome) in zip(places, outcomes) { results[place] = outcome }
        }
        return results
    }

    private func apply(
        _ batch: Batch, tenant: UUID, if conditions: Set<LedgerCondition> = []
    ) async throws -> Rows {
        let statements = conditions.map(\.statement) + [LedgerRepository.apply(batch)]
        var attempt = 1
        while true {
            do {
                let answers = try await pool.write(statements, settings: settings(tenant))
                guard let rows = answers.last else {
                    throw PostgresError.decoding("no answer to a batch")
                }
                return rows
            } catch let error as PostgresError
                where error.constraint == LedgerRepository.transferKey && attempt < Self.attempts
            {
                // Somebody made a transfer of the same id at the same time: now it is there.
                attempt += 1
            }
        }
    }

    /// Whether the first attempt took effect, nobody can say; but done again it does nothing, and
    /// says what is there.
    private func settle(
        _ operations: [LedgerOperation], tenant: UUID, since start: ContinuousClock.Instant,
        _ unknown: PostgresError
    ) async -> [Result<UInt64, any Error>] {
        let batch = Batch(operations)
        var pause = Duration.milliseconds(20)
        while start.duration(to: .now) < Self.patience {
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(1))
            guard let rows = try? await apply(batch, tenant: tenant),
                let results = try? batch.results(of: rows),
                let recent = try? await recent(batch.ids, tenant: tenant, since: start)
            else { continue }
            return zip(operations, results).map { operation, result in
                guard case .failure(let error) = result, let done = recent.outcome(of: operation)
                else { return result.mapError { $0 } }
                return error.mayBeOwnWork ? .success(done) : .failure(error)
            }
        }
        return operations.map { _ in .failure(unknown) }
    }

    private func recent(
        _ ids: [UUID], tenant: UUID, since start: ContinuousClock.Instant
    ) async throws -> RecentTransfers {
        // A second more than has passed, so that rounding hides nothing.
        let seconds = Double(start.duration(to: .now).components.seconds + 2)
        let statement = LedgerRepository.recent(ids, within: seconds, tenant: tenant)
        return try RecentTransfers(try await pool.read(statement, settings: settings(tenant)))
    }
}

extension PostgresError {
    /// Whether one row of a batch may have undone all of it: its values were refused (SQLSTATE
    /// classes 22 and 23), or it met a rival too often.
    package var mayBeOfOneRow: Bool {
        guard kind == .server, let sqlState else { return false }
        return isRetryable || sqlState.hasPrefix("22") || sqlState.hasPrefix("23")
    }
}

extension LedgerError {
    /// Whether an operation that took effect would be refused so when it is done again.
    fileprivate var mayBeOwnWork: Bool {
        switch reason {
        case .exists, .alreadyPosted, .alreadyVoided: true
        // All that there was is gone by the first attempt.
        case .amountZero: true
        default: false
        }
    }
}

/// Transfers that were made or resolved since a batch was sent.
private struct RecentTransfers {
    private struct Transfer {
        let debit: UUID
        let credit: UUID
        let amount: UInt64
        let state: String
    }

    private var transfers: [UUID: Transfer] = [:]

    init(_ rows: Rows) throws {
        for row in rows {
            transfers[try row.decode("id")] = Transfer(
                debit: try row.decode("debit_account_id"),
                credit: try row.decode("credit_account_id"), amount: try row.decode("amount"),
                state: try row.decode("state"))
        }
    }

    /// The amount that the operation moved if it is among them, as it was asked for.
    func outcome(of operation: LedgerOperation) -> UInt64? {
        switch operation {
        case .transfer(let legs):
            let isDone = legs.allSatisfy { leg in
                guard let made = transfers[leg.id] else { return false }
                return (leg.debit ?? made.debit) == made.debit
                    && (leg.credit ?? made.credit) == made.credit
                    && (leg.amount ?? made.amount) == made.amount
            }
            return isDone ? legs.first.flatMap { transfers[$0.id]?.amount } : nil
        case .resolve(let id, let resolution):
            guard let made = transfers[id] else { return nil }
            let state =
                switch resolution {
                case .post: "posted"
                case .void: "voided"
                case .expire: "expired"
                }
            return made.state == state ? made.amount : nil
        }
    }
}
