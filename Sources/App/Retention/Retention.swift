import Foundation
package import Logging
import Synchronization

/// How long is kept what nobody needs any more.
package struct RetentionConfiguration: Sendable {
    /// Days that a session is kept after it expired.
    package var sessionDays: Int
    /// Days that a quote is kept which no payment has used, from when it was made.
    package var quoteDays: Int
    /// Days that a delivered event is kept, from when it was made.
    package var eventDays: Int
    /// Days that an entry of the audit log is kept, 30 or more.
    package var auditDays: Int

    package init(
        sessionDays: Int = 7, quoteDays: Int = 30, eventDays: Int = 90, auditDays: Int = 400
    ) {
        self.sessionDays = sessionDays
        self.quoteDays = quoteDays
        self.eventDays = eventDays
        self.auditDays = auditDays
    }
}

/// Removes what has had its time, tenant by tenant. Any number of processes may do so on one
/// database.
package final class Retention: Sendable {
    /// How many tenants a pass goes through.
    private static let tenants = 50
    /// How many batches a pass removes of one tenant before others have their turn.
    private static let rounds = 20
    /// Before the id of every tenant.
    private static let start = TenantID(
        UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))

    private let configuration: RetentionConfiguration
    private let repository: RetentionRepository
    /// The last tenant that the sweep under way has gone through.
    private let cursor = Mutex(start)

    package init(_ configuration: RetentionConfiguration, database: Database) {
        self.configuration = configuration
        repository = RetentionRepository(database: database)
    }

    /// Sweeps through all tenants every few minutes.
    package func worker(logger: Logger) -> Worker {
        Worker("retention", every: .seconds(600), logger: logger) { [self] _ in try await pass() }
    }

    /// Goes through the next tenants of a sweep, which begins anew after the last one.
    package func pass() async throws -> Worker.Finding {
        let tenants = try await repository.tenants(
            after: cursor.withLock { $0 }, limit: Self.tenants)
        for tenant in tenants {
            try await clean(tenant)
            cursor.withLock { $0 = tenant }
        }
        if tenants.count == Self.tenants { return .more }
        cursor.withLock { $0 = Self.start }
        return .nothing
    }

    private func clean(_ tenant: TenantID) async throws {
        let statements = [
            RetentionRepository.sessions(days: configuration.sessionDays, tenant: tenant),
            RetentionRepository.answers(tenant: tenant),
            RetentionRepository.quotes(days: configuration.quoteDays, tenant: tenant),
            RetentionRepository.events(days: configuration.eventDays, tenant: tenant),
            RetentionRepository.auditLog(days: configuration.auditDays),
        ]
        for _ in 0..<Self.rounds {
            guard try await repository.run(statements, tenant: tenant) else { return }
        }
    }
}
