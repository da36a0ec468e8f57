import Foundation
import Logging
import Postgres
import Synchronization

/// The time as the database has it. Processes whose machines' clocks are apart agree on it, so that
/// ids are in the order of their making, whoever made them, and receivers see true times.
enum DatabaseClock {
    /// By how many seconds the database's clock is ahead of this process's.
    private static let offset = Mutex(0.0)

    /// Seconds since 1970.
    static var now: Double {
        Date().timeIntervalSince1970 + offset.withLock { $0 }
    }

    /// Asks the database for the time. Off by half a round trip at most.
    static func adjust(to pool: Pool) async throws {
        let before = Date().timeIntervalSince1970
        let rows = try await pool.read(
            """
            -- database.clock
            select extract(epoch from clock_timestamp())::float8 as now
            """)
        let after = Date().timeIntervalSince1970
        guard let now: Double = try rows.first?.decode("now") else { return }
        offset.withLock { $0 = now - (before + after) / 2 }
    }

    /// Asks again every now and then, since clocks drift and are set.
    static func worker(_ pool: Pool, logger: Logger) -> Worker {
        Worker("clock", every: .seconds(60), logger: logger) { _ in
            try await adjust(to: pool)
            return .nothing
        }
    }
}
