import Foundation
import Postgres
import TestSupport
import Testing

@testable import Server
@testable import Torture

/// Tables that docs/partition-by-month.sql has divided.
@Suite(
    .enabled(if: clusterURL != nil, "needs PostgreSQL's programs in PATH"), .timeLimit(.minutes(5)))
struct PartitionTests {
    private static let tables = ["audit_log", "webhook_events", "incoming_payments"]
    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/partition-by-month.sql").path

    /// As an operator runs it, with a month that has not begun.
    private func divide(_ table: String, _ database: TestDatabase) async throws {
        let log = NSTemporaryDirectory() + "hazina-partition-" + Secrets.random(bytes: 6)
        defer { unlink(log) }
        do {
            try await ChildProcess.run(
                [
                    "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", "table=\(table)", "-v",
                    "start=\(Self.nextMonth)", "-v", "months=2", "-f", Self.file,
                    database.adminURL,
                ], environment: Node.environment, log: log)
        } catch {
            throw TortureError("\(error): \(ChildProcess.read(log) ?? "")")
        }
    }

    private static var nextMonth: String {
        let later = Date().addingTimeInterval(40 * 86_400)
        return String(later.formatted(.iso8601.year().month().day()).prefix(8)) + "01"
    }

    private func pay(_ tester: GraphQLTester, _ tenant: GraphQLTester.TestTenant) async throws {
        let sender = try await tester.makePointer(as: tenant.credentials)
        let receiver = try await tester.makeReceiver(
            tester.makePointer(as: tenant.credentials), 10, as: tenant.credentials)
        let payment = try await tester.makePayment(
            from: sender, to: receiver, sending: 10, as: tenant.credentials)
        #expect(try await tester.fund(payment, as: tenant).code == "200")
        let done = try await tester.payment(payment, as: tenant.credentials)
        #expect(done.state == "COMPLETED", "\(done)")
        let received = try await tester.incomingPayment(receiver, as: tenant.credentials)
        #expect(received.receivedAmount.value == "10")
    }

    private func ids(
        _ list: String, _ tester: GraphQLTester, _ tenant: GraphQLTester.TestTenant
    ) async throws -> [String] {
        let answer = try await tester.send(
            "{ \(list)(first: 100) { edges { node { id } } } }", as: tenant.credentials)
        guard case .list(let edges) = answer.data[dynamicMember: list].edges else {
            throw TortureError("\(answer)")
        }
        return try edges.map { try $0.node.id.required() }
    }

    @Test func `a server goes on with tables that were divided while it ran`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let other = try await tester.makeTenant()
            try await tester.withWorkers {
                try await pay(tester, tenant)
                let events = try await ids("webhookEvents", tester, tenant)
                let entries = try await ids("auditLog", tester, tenant)
                #expect(!events.isEmpty && !entries.isEmpty)
                for table in Self.tables { try await divide(table, tester.database) }
                #expect(try await ids("auditLog", tester, tenant) == entries)
                #expect(try await Set(ids("auditLog", tester, other)).isDisjoint(with: entries))
                try await pay(tester, tenant)
                let laterEvents = try await ids("webhookEvents", tester, tenant)
                #expect(laterEvents.starts(with: events) && laterEvents.count > events.count)
                let laterEntries = try await ids("auditLog", tester, tenant)
                #expect(laterEntries.starts(with: entries) && laterEntries.count > entries.count)
            }
            #expect(try await tester.audit(tenant).isEmpty)
            try await expectRows(of: tenant, tester)
        }
    }

    /// Rows go where their ids say, an id exists once, and partitions are nobody's.
    private func expectRows(
        of tenant: GraphQLTester.TestTenant, _ tester: GraphQLTester
    ) async throws {
        let admin = try await DirectConnection.open(url: tester.database.adminURL)
        defer { admin.close() }
        let insert = """
            insert into hazina.webhook_events (tenant_id, id, type, subject_id, data)
            select '\(tenant.id)', hazina.uuid_at(date_trunc('month', now(), 'UTC')
                + interval '70 days'), 'test', gen_random_uuid(), '{}'
            """
        try await admin.execute(script: insert)
        let error = await #expect(throws: PostgresError.self) {
            try await admin.execute(script: insert)
        }
        #expect(error?.sqlState == "23505")
        let rows = try await admin.query(
            """
            select (select count(*) from hazina.webhook_queue q join hazina.webhook_events e
                    using (tenant_id, subject_id) where e.type = 'test') as queued,
                (select tableoid::regclass::text ~ '_[0-9]{4}_[0-9]{2}$' from hazina.webhook_events
                    where type = 'test') as is_dated,
                (select count(*) from pg_inherits i join pg_class c on c.oid = i.inhrelid
                    where c.relnamespace = 'hazina'::regnamespace and c.relkind = 'r'
                        and c.relrowsecurity and c.relforcerowsecurity) as partitions
            """)
        let row = try #require(rows.first)
        #expect(try row.decode("queued", as: Int64.self) == 1)
        #expect(try row.decode("is_dated"))
        #expect(try row.decode("partitions", as: Int64.self) == 12)
        let server = try await DirectConnection.open(url: tester.database.serverURL)
        defer { server.close() }
        for partition in ["webhook_events_earlier", "webhook_events_rest", "audit_log_earlier"] {
            let refusal = await #expect(throws: PostgresError.self) {
                try await server.execute(script: "select from hazina.\(partition)")
            }
            #expect(refusal?.sqlState == "42501")
        }
    }

    @Test func `a table whose ids say nothing of the time is not divided`() async throws {
        try await TestDatabase.with { database in
            for table in ["ledger_transfers", "outgoing_payments", "quotes"] {
                await #expect(throws: TortureError.self) { try await divide(table, database) }
            }
        }
    }
}
