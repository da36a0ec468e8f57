import App
import Foundation
import Postgres
import TestSupport
import Testing

/// How long statements may run, on a pool of one connection.
@Suite struct StatementTimeoutTests {
    private typealias Instant = ContinuousClock.Instant

    private static let shown: SQL = "select current_setting('statement_timeout') as value"

    /// The time that a read, a write and a transaction are given.
    private func timeouts(_ database: Database, _ tenant: TenantID) async throws -> [String] {
        var values: [String] = []
        let read = try await database.read(Self.shown, as: tenant)
        values.append(try read.first?.decode("value") ?? "none")
        try await database.transaction(as: tenant) { transaction in
            values.append(try await transaction.query(Self.shown).first?.decode("value") ?? "none")
        }
        return values
    }

    @Test func `a statement may run as long as it may, or as its request has left`() async throws {
        try await GraphQLTester.with(poolSize: 1) { tester in
            let tenant = try #require(TenantID(try await tester.makeTenant().id))
            let database = Database(pool: tester.pool, statementTimeout: .seconds(30))
            #expect(try await timeouts(database, tenant) == ["30s", "30s"])
            // In whole seconds, rounded up; so far away that a slow machine makes no difference.
            let far = Instant.now.advanced(by: .seconds(3600))
            let plenty = try await RequestDeadline.by(far) { try await timeouts(database, tenant) }
            #expect(plenty == ["30s", "30s"])
            let unlimited = Database(pool: tester.pool, statementTimeout: .zero)
            let late = try await RequestDeadline.by(far) { try await timeouts(unlimited, tenant) }
            #expect(late.allSatisfy { ["1h", "3599s", "3598s", "3597s"].contains($0) })
            let little = Instant.now.advanced(by: .seconds(20))
            let left = try await RequestDeadline.by(little) {
                try await timeouts(database, tenant)
            }
            let seconds = try left.map { try #require(Int($0.dropLast())) }
            #expect(seconds.allSatisfy { (1...20).contains($0) })
        }
    }

    @Test func `a statement that outlasts its request is ended, and the next one finds its place`()
        async throws
    {
        try await GraphQLTester.with(poolSize: 1) { tester in
            let tenant = try #require(TenantID(try await tester.makeTenant().id))
            let database = Database(pool: tester.pool, statementTimeout: .seconds(300))
            let soon = Instant.now.advanced(by: .seconds(1))
            let error = await #expect(throws: PostgresError.self) {
                try await RequestDeadline.by(soon) {
                    try await database.read("select 1 from pg_sleep(200)", as: tenant)
                }
            }
            #expect(error?.isUnavailable == true)
            #expect(try await timeouts(database, tenant) == ["5min", "5min"])
        }
    }
}
