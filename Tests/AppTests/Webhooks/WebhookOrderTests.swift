import Foundation
import TestSupport
import Testing

@testable import App

@Suite struct WebhookOrderTests {
    private static func id(_ request: TestReceiver.Request) throws -> String {
        try JSON(bytes: Array(request.body.utf8)).id.required()
    }

    @Test func `events of one payment come in order, one at a time`() async throws {
        try await TestReceiver.with({ _ in .init(200, after: .milliseconds(10)) }) { receiver in
            try await GraphQLTester.withWebhooks { tester, _ in
                let tenant = try await tester.makeTenant()
                try await tester.setWebhook(receiver.url, as: tenant.credentials)
                try await tester.delivering {
                    let subject = UUID()
                    var ids: [String] = []
                    for _ in 0..<10 {
                        ids += try await tester.writeEvents(2, subject: subject, of: tenant)
                    }
                    #expect(await receiver.waitForRequests(20))
                    try await Task.sleep(for: .milliseconds(100))
                    #expect(try receiver.requests.map(Self.id) == ids)
                    #expect(receiver.mostInFlight == 1)
                }
            }
        }
    }

    @Test func `an event waits for the payment's previous one, but for no other payment's`()
        async throws
    {
        try await TestReceiver.with { receiver in
            try await GraphQLTester.withWebhooks { tester, database in
                let tenant = try await tester.makeTenant()
                try await tester.setWebhook(receiver.url, as: tenant.credentials)
                let subject = UUID()
                let first = try await tester.writeEvents(2, subject: subject, of: tenant)
                receiver.answer { request in
                    .init(request.body.contains(first[0]) ? 500 : 200)
                }
                try await tester.delivering {
                    let other = try await tester.writeEvents(of: tenant)[0]
                    _ = try await tester.waitForEvent(other, as: tenant.credentials) {
                        $0.state == "DELIVERED"
                    }
                    _ = try await tester.waitForEvent(first[0], as: tenant.credentials) {
                        $0.attempts == 1
                    }
                    try await Task.sleep(for: .milliseconds(300))
                    let second = try await tester.event(first[1], as: tenant.credentials)
                    #expect(second.attempts == 0 && second.state == "PENDING")
                    // Marked failed, the first makes way.
                    try await database.change(
                        """
                        update hazina.webhooks set url_since = now() - interval '9 days';
                        update hazina.webhook_events set queued_at = now() - interval '4 days'
                        where id = '\(first[0])'
                        """)
                    try await database.makeAttemptsDue()
                    _ = try await tester.waitForEvent(first[1], as: tenant.credentials) {
                        $0.state == "DELIVERED"
                    }
                    let given = try await tester.event(first[0], as: tenant.credentials)
                    #expect(given.state == "FAILED" && given.attempts == 2)
                    #expect(given.statusCode == 500 && given.nextAttemptAt.isNull)
                }
            }
        }
    }

    @Test func `a dead receiver of one tenant does not delay another's events`() async throws {
        try await TestReceiver.with({ _ in .init(200, after: .seconds(30)) }) { dead in
            try await TestReceiver.with { alive in
                try await GraphQLTester.withWebhooks { tester, _ in
                    let slow = try await tester.makeTenant()
                    let quick = try await tester.makeTenant()
                    try await tester.setWebhook(dead.url, as: slow.credentials)
                    try await tester.setWebhook(alive.url, as: quick.credentials)
                    for _ in 0..<200 { try await tester.writeEvents(of: slow) }
                    try await tester.delivering {
                        #expect(await dead.waitForRequests(8))
                        var times: [Duration] = []
                        for _ in 0..<20 {
                            let start = ContinuousClock.now
                            let count = alive.requests.count
                            try await tester.writeEvents(of: quick)
                            #expect(await alive.waitForRequests(count + 1))
                            times.append(.now - start)
                        }
                        // Most of them: a machine that is busy otherwise may hold up one or two.
                        #expect(times.sorted()[times.count / 2] < .seconds(1))
                    }
                }
            }
        }
    }

    @Test func `a receiver that was silent is tried with one event at a time`() async throws {
        try await TestReceiver.with({ _ in .init(200, after: .seconds(30)) }) { dead in
            try await GraphQLTester.withWebhooks(configure: {
                $0.webhooks.timeout = .milliseconds(300)
            }) { tester, _ in
                let tenant = try await tester.makeTenant()
                try await tester.setWebhook(dead.url, as: tenant.credentials)
                for _ in 0..<30 { try await tester.writeEvents(of: tenant) }
                try await tester.delivering {
                    // 8 at first, then one in 300 ms.
                    #expect(await dead.waitForRequests(12))
                    let arrivals = dead.requests.map(\.arrival).dropFirst(8)
                    for (one, next) in zip(arrivals, arrivals.dropFirst()) {
                        #expect(next - one >= .milliseconds(250))
                    }
                }
            }
        }
    }

    @Test func `what a process was delivering when it died is delivered by another`() async throws {
        try await TestReceiver.with({ _ in .init(200, after: .seconds(30)) }) { receiver in
            try await TestDatabase.with { database in
                let configure: (inout AppConfiguration) -> Void = {
                    $0.webhooks.timeout = .seconds(1)
                    $0.webhooks.grace = .zero
                }
                try await GraphQLTester.withWebhooks(on: database, configure: configure) { tester in
                    let tenant = try await tester.makeTenant()
                    try await tester.setWebhook(receiver.url, as: tenant.credentials)
                    let ids = try await tester.writeEvents(2, of: tenant)
                    let worker = try tester.delivery
                    let task = Task { await worker.run() }
                    #expect(await receiver.waitForRequests(1))
                    // Cancelled in the middle it records nothing, as if it had died.
                    task.cancel()
                    await task.value
                    let event = try await tester.event(ids[0], as: tenant.credentials)
                    #expect(event.state == "PENDING" && event.attempts == 0)
                    receiver.answer { _ in .init(200) }
                    try await GraphQLTester.withWebhooks(on: database, configure: configure) {
                        other in
                        try await other.delivering {
                            let last = try await other.waitForEvent(
                                ids[1], as: tenant.credentials
                            ) { $0.state == "DELIVERED" }
                            #expect(last.attempts == 1)
                        }
                    }
                    #expect(try receiver.requests.map(Self.id) == [ids[0], ids[0], ids[1]])
                }
            }
        }
    }

    @Test func `several processes deliver each event once, and the tenants in turn`() async throws {
        try await TestReceiver.with { receiver in
            try await TestDatabase.with { database in
                try await GraphQLTester.withWebhooks(on: database) { one in
                    try await GraphQLTester.withWebhooks(on: database) { two in
                        var ids: Set<String> = []
                        for _ in 0..<3 {
                            let tenant = try await one.makeTenant()
                            try await one.setWebhook(receiver.url, as: tenant.credentials)
                            for _ in 0..<40 {
                                ids.formUnion(try await one.writeEvents(2, of: tenant))
                            }
                        }
                        try await one.delivering {
                            try await two.delivering {
                                #expect(await receiver.waitForRequests(240))
                                try await Task.sleep(for: .milliseconds(300))
                            }
                        }
                        #expect(receiver.requests.count == 240)
                        #expect(try Set(receiver.requests.map(Self.id)) == ids)
                    }
                }
            }
        }
    }
}
