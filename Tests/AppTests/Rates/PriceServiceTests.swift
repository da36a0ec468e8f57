import App
import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

/// A clock that stands still until it is told to go on.
private final class ManualClock: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    var now: ContinuousClock.Instant { instant.withLock { $0 } }

    func advance(_ seconds: Double) { instant.withLock { $0 += .seconds(seconds) } }
}

/// What answers at the URLs of prices, and how often it was asked.
private final class PriceServer: Sendable {
    struct Down: Error, CustomStringConvertible {
        let description = "it does not answer"
    }

    private struct State {
        var bodies: [String: String] = [:]
        var asked: [String] = []
    }

    private let state = Mutex(State())

    var asked: [String] { state.withLock { $0.asked } }

    func answer(_ url: String, _ body: String?) { state.withLock { $0.bodies[url] = body } }

    func fetch(_ url: String, isTrusted: Bool) async throws -> [UInt8] {
        let body = state.withLock { state in
            state.asked.append(isTrusted ? "trusted \(url)" : url)
            return state.bodies[url]
        }
        // So that those who ask at the same time do.
        try await Task.sleep(for: .milliseconds(20))
        guard let body else { throw Down() }
        return Array(body.utf8)
    }
}

@Suite struct PriceServiceTests {
    private static let url = "https://prices.example/"

    private struct Fixture {
        let service: PriceService
        let server: PriceServer
        let clock: ManualClock
        let database: TestDatabase

        func rate(
            _ from: String = "EUR", _ to: String = "USD", tenant: TenantID = .operator
        ) async throws -> String {
            try await service.rate(
                from: AssetName(code: from, scale: 2), to: AssetName(code: to, scale: 2),
                tenant: tenant
            ).description
        }

        /// The failure that there must be.
        func failure(
            _ from: String = "EUR", _ to: String = "USD", tenant: TenantID = .operator
        ) async throws -> String {
            do {
                return try await rate(from, to, tenant: tenant)
            } catch let error as PriceError {
                return "\(error.code) \(error.message)"
            }
        }

        /// Waits until the server was asked so often.
        func wasAsked(_ count: Int) async throws {
            for _ in 0..<200 where server.asked.count < count {
                try await Task.sleep(for: .milliseconds(10))
            }
            // And until what it answered has arrived.
            try await Task.sleep(for: .milliseconds(60))
            #expect(server.asked.count == count)
        }
    }

    private func with(
        _ source: PriceSource, _ body: (Fixture) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            let pool = try await database.pool()
            let server = PriceServer()
            let clock = ManualClock()
            let service = PriceService(
                PriceConfiguration(source: source, now: { clock.now }),
                database: Database(pool: pool, statementTimeout: .seconds(30)),
                logger: TestSupport.logger
            ) { url, isTrusted in try await server.fetch(url, isTrusted: isTrusted) }
            do {
                try await body(
                    Fixture(service: service, server: server, clock: clock, database: database))
                await pool.shutdown()
            } catch {
                await pool.shutdown()
                throw error
            }
        }
    }

    @Test func `fixed prices make exact rates`() async throws {
        let table = try PriceTable(json: Array(#"{"USD": 1.0, "EUR": 1.25}"#.utf8))
        try await with(.fixed(table)) { fixture in
            let rate = try await fixture.rate("EUR", "USD")
            #expect(rate == "5/4")
            #expect(try await fixture.rate("USD", "EUR") == "4/5")
            #expect(try await fixture.rate("XYZ", "XYZ") == "1/1")
            #expect(try await fixture.failure("EUR", "GBP") == "400 no price for GBP")
            #expect(try await fixture.failure("GBP", "EUR") == "400 no price for GBP")
        }
    }

    @Test func `without prices assets of one code alone can be exchanged`() async throws {
        try await with(.none) { fixture in
            let rate = try await fixture.rate("EUR", "EUR")
            #expect(rate == "1/1")
            #expect(try await fixture.failure() == "400 no price for EUR")
        }
    }

    @Test func `nothing is fetched for one code, and once for all who ask together`() async throws {
        try await with(.url(Self.url)) { fixture in
            fixture.server.answer(Self.url, #"{"USD": 1, "EUR": 1.25}"#)
            #expect(try await fixture.rate("EUR", "EUR") == "1/1")
            #expect(fixture.server.asked.isEmpty)
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 { group.addTask { try await fixture.rate() } }
                for try await rate in group { #expect(rate == "5/4") }
            }
            #expect(fixture.server.asked == ["trusted \(Self.url)"])
        }
    }

    @Test func `prices are refreshed before they are old, and nobody waits for it`() async throws {
        try await with(.url(Self.url)) { fixture in
            fixture.server.answer(Self.url, #"{"USD": 1, "EUR": 1.25}"#)
            #expect(try await fixture.rate() == "5/4")
            fixture.server.answer(Self.url, #"{"USD": 1, "EUR": 1.5}"#)
            fixture.clock.advance(7)
            #expect(try await fixture.rate() == "5/4")
            #expect(fixture.server.asked.count == 1)
            fixture.clock.advance(1)
            #expect(try await fixture.rate() == "5/4")
            try await fixture.wasAsked(2)
            #expect(try await fixture.rate() == "3/2")
        }
    }

    @Test func `old prices are used for a while when there are no newer ones`() async throws {
        try await with(.url(Self.url)) { fixture in
            fixture.server.answer(Self.url, #"{"USD": 1, "EUR": 1.25}"#)
            _ = try await fixture.rate()
            fixture.server.answer(Self.url, nil)
            fixture.clock.advance(299)
            #expect(try await fixture.rate() == "5/4")
            // It is not asked again at once.
            #expect(try await fixture.rate() == "5/4")
            #expect(fixture.server.asked.count == 2)
            fixture.clock.advance(2)
            let unavailable = "503 prices are unavailable, try again"
            #expect(try await fixture.failure() == unavailable)
            #expect(try await fixture.failure() == unavailable)
            #expect(fixture.server.asked.count == 3)
            #expect(try await fixture.rate("EUR", "EUR") == "1/1")
            fixture.server.answer(Self.url, #"{"USD": 1, "EUR": 2}"#)
            fixture.clock.advance(2)
            #expect(try await fixture.rate() == "2/1")
        }
    }

    @Test func `an answer that is no table of prices is none, one bad price no harm to others`()
        async throws
    {
        try await with(.url(Self.url)) { fixture in
            for body in ["", "[]", "{", #"{"EUR": 1.25"#] {
                fixture.server.answer(Self.url, body)
                #expect(try await fixture.failure().hasPrefix("503"))
                fixture.clock.advance(10)
            }
            fixture.server.answer(
                Self.url, #"{"USD": 1, "EUR": 1.25, "GBP": 0, "JPY": "1", "CHF": null, "X": -1}"#)
            let rate = try await fixture.rate()
            #expect(rate == "5/4")
            for code in ["GBP", "JPY", "CHF", "X"] {
                #expect(try await fixture.failure("EUR", code) == "400 no price for \(code)")
            }
        }
    }

    @Test func `a caller that goes away takes no prices from the others`() async throws {
        try await with(.url(Self.url)) { fixture in
            fixture.server.answer(Self.url, #"{"USD": 1, "EUR": 1.25}"#)
            let first = Task { try await fixture.rate() }
            try await Task.sleep(for: .milliseconds(5))
            first.cancel()
            #expect(try await fixture.rate() == "5/4")
            #expect(fixture.server.asked.count == 1)
        }
    }

    /// A tenant with prices of its own.
    private func makeTenant(_ fixture: Fixture, url: String) async throws -> TenantID {
        let id = UUID()
        try await TestDatabase.admin(fixture.database.adminURL) { connection in
            try await connection.query(
                """
                insert into hazina.tenants (tenant_id, name, prices_url)
                values (\(id), 'Acme', \(url))
                """)
        }
        return TenantID(id)
    }

    @Test func `a tenant's own prices count in place of the operator's`() async throws {
        try await with(.url(Self.url)) { fixture in
            let own = "https://own.example/"
            let tenant = try await makeTenant(fixture, url: own)
            fixture.server.answer(Self.url, #"{"USD": 1, "EUR": 1.25}"#)
            fixture.server.answer(own, #"{"USD": 1, "EUR": 1.5}"#)
            #expect(try await fixture.rate(tenant: tenant) == "3/2")
            #expect(try await fixture.rate() == "5/4")
            #expect(fixture.server.asked == [own, "trusted \(Self.url)"])
            fixture.server.answer(own, #"{"USD": 1}"#)
            fixture.clock.advance(16)
            #expect(try await fixture.failure(tenant: tenant) == "400 no price for EUR")
            fixture.server.answer(own, nil)
            fixture.clock.advance(400)
            let failure = try await fixture.failure(tenant: tenant)
            #expect(failure.hasPrefix("503 prices are unavailable: it does not answer"))
        }
    }

    @Test
    func `a tenant that names the operator's URL is not given what only the operator may see`()
        async throws
    {
        try await with(.url(Self.url)) { fixture in
            let tenant = try await makeTenant(fixture, url: Self.url)
            fixture.server.answer(Self.url, #"{"USD": 1, "EUR": 1.25}"#)
            _ = try await fixture.rate()
            _ = try await fixture.rate(tenant: tenant)
            #expect(fixture.server.asked == ["trusted \(Self.url)", Self.url])
        }
    }
}
