import Logging
import Synchronization

/// Writes the audit log, and shows it to those who administer.
struct AuditLogService: Sendable {
    /// How many refusals of a tenant's callers are written in a minute; the request log has all.
    static let refusalsPerMinute = 60

    let database: Database
    let repository: AuditLogRepository
    let logger: Logger
    private let refusals = RefusalBudget(perMinute: refusalsPerMinute)

    init(database: Database, logger: Logger) {
        self.database = database
        repository = AuditLogRepository(database: database)
        self.logger = logger
    }

    /// Does some work and writes what came of it, both in one transaction: neither is there without
    /// the other.
    /// - Parameter entries: what to write, and to whose log.
    func recording<Result: Sendable>(
        as tenant: TenantID, _ work: () async throws -> Result,
        entries: (Result) -> [(TenantID, NewAuditEntry)]
    ) async throws -> Result {
        try await database.together(as: tenant) {
            let result = try await work()
            for (tenant, entry) in entries(result) {
                try await database.transaction(as: tenant) { transaction in
                    try await repository.insert(entry, tenant: tenant, in: transaction)
                }
            }
            return result
        }
    }

    /// Writes a refusal, which has no work to be one with, beside the request.
    func recordRefusal(_ entry: NewAuditEntry, tenant: TenantID) {
        let key = RecalledKey.open
        // Detached: what the request's transaction undoes has been refused all the same.
        Task.detached {
            do {
                // A key that is not valid any more is not the tenant's, and nothing it is refused.
                guard try await key?.isValid() ?? true, refusals.take(tenant) else { return }
                try await database.transaction(as: tenant) { transaction in
                    try await repository.insert(entry, tenant: tenant, in: transaction)
                }
            } catch {
                logger.warning(
                    "Could not record a refusal",
                    metadata: ["operation": "\(entry.operation)", "error": "\(error)"])
            }
        }
    }

    func page(
        _ page: PageRequest, _ filter: AuditFilter, by order: ListOrder<AuditOrderField>,
        in context: RequestContext
    ) async throws -> Page<AuditEntry> {
        let tenant = try context.tenantID()
        if filter.isImpossible { return Page(rows: [], of: page) }
        return try await repository.page(
            page, filter, isDescending: order.isDescending, tenant: tenant)
    }
}

/// Counts what is refused to each tenant's callers within a minute.
private final class RefusalBudget: Sendable {
    private struct State {
        var opened = ContinuousClock.now
        var counts: [TenantID: Int] = [:]
    }

    private let perMinute: Int
    private let state = Mutex(State())

    init(perMinute: Int) {
        self.perMinute = perMinute
    }

    /// Whether one more may be written.
    func take(_ tenant: TenantID) -> Bool {
        state.withLock { state in
            let now = ContinuousClock.now
            if now - state.opened >= .seconds(60) { state = State(opened: now) }
            let count = state.counts[tenant] ?? 0
            guard count < perMinute else { return false }
            state.counts[tenant] = count + 1
            return true
        }
    }
}
