import Foundation
import GraphQL
import Postgres
import TestSupport
import Testing

@testable import App

@Suite struct EventFeedTests {
    private func stream(
        _ tester: GraphQLTester, _ tenant: String
    ) async throws -> AsyncThrowingStream<String, any Error> {
        let id = try #require(TenantID(tenant))
        return try await tester.app.feed.events(of: id) { $0.id.description }
    }

    @Test func `who follows a tenant sees its events from then on, in order, and no other's`()
        async throws
    {
        try await GraphQLTester.withWebhooks { tester, _ in
            let tenant = try await tester.makeTenant()
            let other = try await tester.makeTenant()
            try await tester.writeEvents(of: tenant)
            let first = try await stream(tester, tenant.id)
            let second = try await stream(tester, tenant.id)
            try await tester.writeEvents(of: other)
            var ids: [String] = []
            for _ in 0..<5 { ids += try await tester.writeEvents(3, of: tenant) }
            for stream in [first, second] {
                var seen: [String] = []
                for try await id in stream {
                    seen.append(id)
                    if seen.count == ids.count { break }
                }
                #expect(seen == ids)
            }
        }
    }

    @Test func `no event is passed over for a transaction that began before and ends after`()
        async throws
    {
        try await GraphQLTester.withWebhooks { tester, database in
            let tenant = try await tester.makeTenant()
            let stream = try await stream(tester, tenant.id)
            let early = WebhookEventID.next()
            try await TestDatabase.admin(database.adminURL) { connection in
                try await connection.execute(
                    script: """
                        begin;
                        insert into hazina.webhook_events
                            (tenant_id, id, type, subject_id, data)
                        values ('\(tenant.id)', '\(early)', 'webhook.test', '\(early)', '{}')
                        """)
                let late = try await tester.writeEvents(of: tenant)[0]
                try await Task.sleep(for: .milliseconds(700))
                try await connection.execute(script: "commit")
                var seen: [String] = []
                for try await id in stream {
                    seen.append(id)
                    if seen.count == 2 { break }
                }
                #expect(seen == [early.description, late])
            }
        }
    }

    @Test func `events are read only while somebody listens`() async throws {
        try await GraphQLTester.withWebhooks { tester, _ in
            let tenant = try await tester.makeTenant()
            #expect(tester.app.feed.count == 0)
            let listener = Task { [stream = try await stream(tester, tenant.id)] in
                for try await _ in stream {}
            }
            _ = try await stream(tester, tenant.id)
            #expect(tester.app.feed.count == 1)
            listener.cancel()
            _ = await listener.result
            for _ in 0..<100 where tester.app.feed.count > 0 {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(tester.app.feed.count == 0)
        }
    }

    @Test func `the subscription has what its filter asks for`() async throws {
        try await GraphQLTester.withWebhooks { tester, _ in
            let tenant = try await tester.makeTenant()
            let request = Request(
                query: """
                    subscription {
                      events(filter: {type: "outgoing_payment.failed"}) { id type state }
                    }
                    """)
            let context = RequestContext(
                caller: try await tester.app.authenticate(tenant.credentials), requestID: "test",
                logger: TestSupport.logger, reportBadKey: { false })
            let operation = try tester.app.engine.prepare(
                request, allowIntrospection: true
            ).get()
            let responses = try await tester.app.engine.subscribe(operation, context: context)
            try await tester.writeEvents(of: tenant)
            let id = try await tester.writeEvents(kind: .outgoingPaymentFailed, of: tenant)[0]
            for await response in responses {
                let event = try JSON(bytes: response.body).data.events
                #expect(event.id == .string(id) && event.type == "outgoing_payment.failed")
                break
            }
        }
    }

    @Test func `a session cannot follow its tenant's events`() async throws {
        try await GraphQLTester.withWebhooks { tester, _ in
            let pointer = try await tester.makePaymentPointer(as: .operator)
            let session = try await tester.makeSession(pointer, as: .operator)
            let context = RequestContext(
                caller: try await tester.app.authenticate(.session(session)), requestID: "test",
                logger: TestSupport.logger, reportBadKey: { false })
            let operation = try tester.app.engine.prepare(
                Request(query: "subscription { events { id } }"), allowIntrospection: true
            ).get()
            await #expect(throws: RequestFailure.self) {
                _ = try await tester.app.engine.subscribe(operation, context: context)
            }
        }
    }
}
