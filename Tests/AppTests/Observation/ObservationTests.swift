import Foundation
import Metrics
import Postgres
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import App

/// What the database tells of all tenants together.
@Suite struct ObservationTests {
    private func observe(
        _ tester: GraphQLTester, includesFallback: Bool = false
    ) async throws -> Observation {
        let database = Database(pool: tester.pool, statementTimeout: .seconds(10))
        return try await ObservationRepository(
            database: database, includesFallback: includesFallback
        ).read()
    }

    @Test func `sessions are counted until they expire, over all tenants`() async throws {
        try await GraphQLTester.with { tester in
            #expect(try await observe(tester).sessions == 0)
            for name in ["One", "Two"] {
                let tenant = try await tester.makeTenant(name)
                let pointer = try await tester.makePaymentPointer(as: tenant.credentials)
                _ = try await tester.makeSession(pointer, as: tenant.credentials)
            }
            #expect(try await observe(tester).sessions == 2)
            try await tester.database.administer(
                """
                update hazina.sessions set expires_at = now() - interval '1 minute'
                where id = (select id from hazina.sessions limit 1)
                """)
            #expect(try await observe(tester).sessions == 1)
            try await tester.database.administer("delete from hazina.sessions")
            #expect(try await observe(tester).sessions == 0)
        }
    }

    @Test func `the backlog of each tenant is the events that somebody waits for`() async throws {
        try await GraphQLTester.withWebhooks { tester, database in
            let (busy, quiet) = (
                try await tester.makeTenant("Busy"), try await tester.makeTenant("Quiet")
            )
            for tenant in [busy, quiet] {
                try await tester.setWebhook("http://127.0.0.1:9/", as: tenant.credentials)
            }
            let silent = try await tester.makeTenant("No webhook")
            try await tester.writeEvents(3, of: busy)
            try await tester.writeEvents(2, subject: UUID(), of: busy)
            try await tester.writeEvents(1, of: quiet)
            try await tester.writeEvents(7, of: silent)

            let observation = try await observe(tester)
            #expect(observation.webhookSubjects == 3)
            let backlogs = Dictionary(
                uniqueKeysWithValues: observation.backlogs.map {
                    ($0.tenant.description, $0.events)
                })
            #expect(backlogs == [busy.id: 5, quiet.id: 1])
            let all = try await observe(tester, includesFallback: true)
            #expect(all.backlogs.count == 3)
            #expect(all.backlogs.contains { $0.tenant.description == silent.id && $0.events == 7 })

            // The next statement of the transaction sees no tenant.
            let seen = try await tester.pool.read(
                [
                    "select * from hazina.observe_webhooks(true, 10)",
                    "select count(*) as seen from hazina.webhook_events",
                ])
            #expect(try seen[1].first?.decode("seen", as: Int64.self) == 0)
        }
    }

    @Test func `the lag of a worker is the age of what is due longest`() async throws {
        try await GraphQLTester.with { tester in
            let idle = try await observe(tester)
            #expect(idle.lags == [.payments: 0, .expiries: 0, .webhooks: 0])
            let tenant = try await tester.makeTenant()
            try await tester.database.administer(
                """
                insert into hazina.work (tenant_id, kind, subject_id, due_at) values
                    ('\(tenant.id)', 'some', gen_random_uuid(), now() - interval '90 s'),
                    ('\(tenant.id)', 'some', gen_random_uuid(), now() + interval '1 h');
                insert into hazina.ledger_expiries (tenant_id, transfer_id, expires_at) values
                    ('\(tenant.id)', gen_random_uuid(), now() - interval '30 s');
                """)
            let lags = try await observe(tester).lags
            #expect(try #require(lags[.payments]) >= 90)
            #expect(try #require(lags[.payments]) < 3600)
            #expect(try #require(lags[.expiries]) >= 30)
            #expect(lags[.webhooks] == 0)
        }
    }

    @Test func `deliveries are counted by what came of them`() async throws {
        let registry = MetricsRegistry(MetricDefinition.all)
        try await withMetricsFactory(registry) {
            try await TestReceiver.with { receiver in
                try await GraphQLTester.withWebhooks { tester, _ in
                    let tenant = try await tester.makeTenant()
                    try await tester.setWebhook(receiver.url, as: tenant.credentials)
                    try await tester.delivering {
                        try await tester.writeEvents(2, of: tenant)
                        #expect(await receiver.waitForRequests(2))
                        receiver.answer { _ in .init(500) }
                        try await tester.writeEvents(1, of: tenant)
                        #expect(await receiver.waitForRequests(3))
                    }
                }
            }
        }
        // A machine that is busy may make an attempt more.
        let page = registry.render()
        #expect(page.contains(/deliveries_total\{outcome="delivered"\} [1-9]/))
        #expect(page.contains(/deliveries_total\{outcome="refused"\} [1-9]/))
        #expect(page.contains(/hazina_webhook_delivery_seconds_count [1-9]/))
        #expect(page.contains("\nhazina_webhook_deliveries_in_flight 0\n"))
        #expect(page.contains("\nhazina_webhook_events_failed_total 0\n"))
    }

    @Test func `an application tells of pool, documents and database`() async throws {
        try await GraphQLTester.with(poolSize: 3) { tester in
            for _ in 0..<3 { _ = try await tester.send("{ whoami { role } }", as: .operator) }
            let samples = await tester.app.metrics()
            func value(_ name: String, _ label: String? = nil) throws -> Double {
                try #require(
                    samples.first { sample in
                        sample.name == name
                            && (label == nil || sample.labels.contains { $0.value == label })
                    }?.value)
            }
            #expect(try value("hazina_database_up") == 1)
            #expect(try value("hazina_pool_connections_max") == 3)
            #expect(try value("hazina_document_cache_requests_total", "hit") == 2)
            #expect(try value("hazina_document_cache_requests_total", "miss") == 1)
            #expect(try value("hazina_database_statements_total") > 0)
            #expect(try value("hazina_sessions_active") == 0)
        }
    }
}

/// How often the database is asked.
@Suite struct ObservatoryTests {
    private struct Failure: Error {}

    @Test func `many who look at the same time cause one look`() async {
        let reads = Atomic(0)
        let observatory = Observatory(lifetime: .seconds(3600), patience: .seconds(60)) {
            reads.add(1, ordering: .relaxed)
            try await Task.sleep(for: .milliseconds(50))
            return Observation()
        }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 { group.addTask { await observatory.observe() != nil } }
            for await hasSeen in group { #expect(hasSeen) }
        }
        #expect(await observatory.observe() != nil)
        #expect(reads.load(ordering: .relaxed) == 1)
    }

    @Test func `a look is made anew when the last one is old`() async {
        let reads = Atomic(0)
        let observatory = Observatory(lifetime: .zero) {
            reads.add(1, ordering: .relaxed)
            return Observation()
        }
        for _ in 0..<3 { _ = await observatory.observe() }
        #expect(reads.load(ordering: .relaxed) == 3)
    }

    @Test func `a database that fails or does not answer shows nothing, in a short time`() async {
        let failing = Observatory { throw Failure() }
        #expect(await failing.observe() == nil)
        let stuck = Observatory(patience: .milliseconds(20)) {
            try await Task.sleep(for: .seconds(3600))
            return Observation()
        }
        #expect(await stuck.observe() == nil)
    }
}
