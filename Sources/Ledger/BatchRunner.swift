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
    /// A tenant's next batch is sent behind the one that is under way.
    private let lanes = WriteLanes()

    init(
        pool: Pool, settings: @escaping @Sendable (UUID) -> [LocalSetting], logger: Logger
    ) {
        self.pool = pool
        self.settings = settings
        self.logger = logger
    }

    /// One result a request, whatever happens.
    func run(_ requests: [LedgerRequest], tenant: UUID) async -> [Result<UInt64, any Error>] {
        let start = ContinuousClock.now
        let operations = requests.map(\.operation)
        let conditions = Self.conditions(of: requests)
        do {
            return Self.erased(try await apply(operations, tenant: tenant, if: conditions))
        } catch  where conditions.contains(where: { $0.isReason(for: error) }) {
            return await byCondition(requests, error) { await run($0, tenant: tenant) }
        } catch let error as PostgresError where error.kind == .commitUnknown {
            logger.warning("Database lost during a commit", metadata: ["error": "\(error)"])
            return await settle(requests, tenant: tenant, since: start, error)
        } catch let error as PostgresError where error.mayBeOfOneRow && operations.count > 1 {
            // One of them is at fault. Its neighbours shall not suffer.
            logger.error("Batch failed, trying one by one", metadata: ["error": "\(error)"])
            var results: [Result<UInt64, any Error>] = []
            for request in requests { results += await run([request], tenant: tenant) }
            return results
        } catch {
            // No database, a lock that did not come free in time, a fault of ours: the same would
            // happen to each of them, and each would take as long.
            return operations.map { _ in .failure(error) }
        }
    }

    /// What must hold for a batch. Most often it is one and the same: that needs no hashing.
    private static func conditions(of requests: [LedgerRequest]) -> Set<LedgerCondition> {
        var conditions: Set<LedgerCondition> = []
        var last: LedgerCondition?
        for request in requests {
            guard let condition = request.condition, condition != last else { continue }
            conditions.insert(condition)
            last = condition
        }
        return conditions
    }

    /// A condition does not hold: requests that share one are carried out without the others.
    /// - Returns: the error for each if all of them share it.
    private func byCondition(
        _ requests: [LedgerRequest], _ error: any Error,
        _ run: ([LedgerRequest]) async -> [Result<UInt64, any Error>]
    ) async -> [Result<UInt64, any Error>] {
        var results: [Result<UInt64, any Error>] = requests.map { _ in .failure(error) }
        let groups = Dictionary(grouping: requests.indices) { requests[$0].condition }.values
        guard groups.count > 1 else { return results }
        for places in groups {
            let outcomes = await run(places.map { requests[$0] })
            for (place, outcome) in zip(places, outcomes) { results[place] = outcome }
        }
        return results
    }

    private func apply(
        _ operations: [LedgerOperation], tenant: UUID, if conditions: Set<LedgerCondition>
    ) async throws -> [Result<UInt64, LedgerError>] {
        let batch = Batch(operations)
        let statements = conditions.map(\.statement) + [LedgerRepository.apply(batch)]
        var attempt = 1
        while true {
            do {
                let answers = try await pool.write(
                    statements, settings: settings(tenant), lane: lanes[tenant])
                guard let rows = answers.last else {
                    throw PostgresError.decoding("no answer to a batch")
                }
                return try batch.results(of: rows)
            } catch let error as PostgresError
                where error.constraint == LedgerRepository.transferKey && attempt < Self.attempts
            {
                // Somebody made a transfer of the same id at the same time: now it is there.
                attempt += 1
            }
        }
    }

    /// Whether the first attempt took effect, nobody can say; but done again it does nothing, and
    /// says what is there. If it did not, this is the first one, and conditions count.
    func settle(
        _ requests: [LedgerRequest], tenant: UUID, since start: ContinuousClock.Instant,
        _ unknown: PostgresError
    ) async -> [Result<UInt64, any Error>] {
        let operations = requests.map(\.operation)
        let conditions = Self.conditions(of: requests)
        var pause = Duration.milliseconds(20)
        while start.duration(to: .now) < Self.patience {
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(1))
            do {
                let results = try await apply(operations, tenant: tenant, if: conditions)
                let recent = try await recent(operations, tenant: tenant, since: start)
                return zip(operations, results).map { recent.settled($0, $1) }
            } catch  where conditions.contains(where: { $0.isReason(for: error) }) {
                if Set(requests.map(\.condition)).count > 1 {
                    return await byCondition(requests, error) {
                        await settle($0, tenant: tenant, since: start, unknown)
                    }
                }
                guard let recent = try? await recent(operations, tenant: tenant, since: start)
                else { continue }
                // What is not there may come yet, as long as the first attempt is under way.
                return operations.map { operation in
                    recent.outcome(of: operation).map { .success($0) } ?? .failure(unknown)
                }
            } catch {
                continue
            }
        }
        return requests.map { _ in .failure(unknown) }
    }

    private func recent(
        _ operations: [LedgerOperation], tenant: UUID, since start: ContinuousClock.Instant
    ) async throws -> RecentTransfers {
        // A second more than has passed, so that rounding hides nothing.
        let seconds = Double(start.duration(to: .now).components.seconds + 2)
        let ids = Batch(operations).ids
        let statement = LedgerRepository.recent(ids, within: seconds, tenant: tenant)
        return try RecentTransfers(try await pool.read(statement, settings: settings(tenant)))
    }

    private static func erased(
        _ results: [Result<UInt64, LedgerError>]
    ) -> [Result<UInt64, any Error>] {
        results.map { result in result.mapError { $0 } }
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

    /// What has become of an operation that was tried twice, by what the second attempt says.
    func settled(
        _ operation: LedgerOperation, _ result: Result<UInt64, LedgerError>
    ) -> Result<UInt64, any Error> {
        guard case .failure(let error) = result, let done = outcome(of: operation)
        else { return result.mapError { $0 } }
        return error.mayBeOwnWork ? .success(done) : .failure(error)
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
