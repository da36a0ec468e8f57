import Foundation
import TestSupport
import Testing

@testable import App

@Suite struct WebhookDeliveryTests {
    private static func fault(
        _ request: TestReceiver.Request, _ header: String, secret: String
    ) -> WebhookSignature.Fault? {
        WebhookSignature.fault(
            in: request.headers[header] ?? "", body: request.body, secret: secret,
            now: Int(Date().timeIntervalSince1970))
    }

    @Test func `an event is posted as canonical JSON and signed under both names`() async throws {
        try await TestReceiver.with({ _ in .init(201) }) { receiver in
            try await GraphQLTester.withWebhooks { tester, _ in
                let tenant = try await tester.makeTenant()
                let secret = try #require(
                    try await tester.setWebhook(receiver.url, as: tenant.credentials))
                let pointer = try await tester.makePaymentPointer(as: tenant.credentials)
                try await tester.delivering {
                    let id = try await tester.writeEvents(
                        paymentPointer: pointer, of: tenant)[0]
                    let event = try await tester.waitForEvent(id, as: tenant.credentials) {
                        $0.state == "DELIVERED"
                    }
                    #expect(event.attempts == 1)
                    #expect(event.statusCode == 201)
                    #expect(event.nextAttemptAt.isNull && event.error.isNull)
                    #expect(event.paymentPointerId == .string(pointer))
                    let request = try #require(receiver.requests.first)
                    #expect(
                        request.body == #"{"data":{"name":"Zoë \"\n","number":0},"id":"\#(id)","#
                            + #""type":"incoming_payment.completed"}"#)
                    #expect(request.method == "POST")
                    #expect(request.headers["content-type"] == "application/json")
                    #expect(request.headers["hazina-tenant-id"] == nil)
                    for header in ["rafiki-signature", "hazina-signature"] {
                        #expect(Self.fault(request, header, secret: secret) == nil)
                        let form = /t=\d{10}, v1=[0-9a-f]{64}/
                        #expect(try form.wholeMatch(in: request.headers[header] ?? "") != nil)
                    }
                }
                #expect(receiver.requests.count == 1)
            }
        }
    }

    @Test(arguments: [200, 202, 204, 299])
    func `every 2xx is success`(status: Int) async throws {
        try await expectFirstAttempt(answered: status) { $0.state == "DELIVERED" }
    }

    @Test(arguments: [302, 400, 404, 500, 503])
    func `any other status is a failure, and redirects are not followed`(status: Int) async throws {
        try await expectFirstAttempt(answered: status) {
            $0.state == "PENDING" && $0.attempts == 1
                && $0.error == .string("the receiver answered \(status)")
        }
    }

    private func expectFirstAttempt(
        answered status: Int, _ isReady: (JSON) -> Bool
    ) async throws {
        try await TestReceiver.with({ _ in
            .init(status, headers: [("location", "/elsewhere")])
        }) { receiver in
            try await GraphQLTester.withWebhooks { tester, _ in
                let tenant = try await tester.makeTenant()
                try await tester.setWebhook(receiver.url, as: tenant.credentials)
                try await tester.delivering {
                    let id = try await tester.writeEvents(of: tenant)[0]
                    let event = try await tester.waitForEvent(
                        id, as: tenant.credentials, isReady)
                    #expect(event.statusCode.number == status)
                }
                #expect(receiver.requests.map(\.path) == ["/events"])
            }
        }
    }

    @Test(arguments: [(0, 10), (1, 20), (4, 50), (5, 60), (6, 60), (100, 60)])
    func `waits grow from 10 to 60 seconds, give or take a fifth`(
        attempts: Int, wait: Int
    ) async throws {
        try await TestReceiver.with({ _ in .init(500) }) { receiver in
            try await GraphQLTester.withWebhooks { tester, database in
                let tenant = try await tester.makeTenant()
                let ids = try await tester.writeEvents(of: tenant)
                try await database.change(
                    "update hazina.webhook_events set attempts = \(attempts)")
                try await tester.setWebhook(receiver.url, as: tenant.credentials)
                try await tester.delivering {
                    let event = try await tester.waitForEvent(ids[0], as: tenant.credentials) {
                        $0.attempts.number == attempts + 1
                    }
                    let next = try Self.time(event.nextAttemptAt)
                    let waited = try next - Self.time(event.updatedAt)
                    #expect(abs(waited - Double(wait)) <= 0.2 * Double(wait) + 0.01)
                }
            }
        }
    }

    private static func time(_ text: JSON) throws -> Double {
        try Date(
            text.required(),
            strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true)
        ).timeIntervalSince1970
    }

    @Test func `a failed event is sent again with the same id, then no more`() async throws {
        try await TestReceiver.with({ _ in .init(500) }) { receiver in
            try await GraphQLTester.withWebhooks { tester, database in
                let tenant = try await tester.makeTenant()
                try await tester.setWebhook(receiver.url, as: tenant.credentials)
                try await tester.delivering {
                    let id = try await tester.writeEvents(of: tenant)[0]
                    for attempts in 1...3 {
                        _ = try await tester.waitForEvent(id, as: tenant.credentials) {
                            $0.attempts.number == attempts
                        }
                        if attempts == 2 { receiver.answer { _ in .init(204) } }
                        try await database.makeAttemptsDue()
                    }
                    try await Task.sleep(for: .milliseconds(400))
                    #expect(receiver.requests.count == 3)
                    #expect(Set(receiver.requests.map(\.body)).count == 1)
                    let event = try await tester.event(id, as: tenant.credentials)
                    #expect(event.state == "DELIVERED" && event.statusCode == 204)
                }
            }
        }
    }

    @Test func `a receiver that is down or slow leaves no status, but a reason`() async throws {
        try await TestReceiver.with({ _ in .init(200, after: .seconds(3)) }) { slow in
            try await GraphQLTester.withWebhooks(configure: {
                $0.webhooks.timeout = .seconds(1)
            }) { tester, _ in
                let down = try await tester.makeTenant()
                let waiting = try await tester.makeTenant()
                // No test's server gets a port that is the system's.
                try await tester.setWebhook("http://127.0.0.1:1/", as: down.credentials)
                try await tester.setWebhook(slow.url, as: waiting.credentials)
                try await tester.delivering {
                    for (tenant, reason) in [
                        (down, "cannot be connected to"), (waiting, "no whole answer within 1 s"),
                    ] {
                        let id = try await tester.writeEvents(of: tenant)[0]
                        let event = try await tester.waitForEvent(id, as: tenant.credentials) {
                            $0.attempts == 1
                        }
                        #expect(event.state == "PENDING" && event.statusCode.isNull)
                        #expect(try event.error.required().contains(reason))
                    }
                }
            }
        }
    }

    @Test func `a tenant's URL cannot reach a private address, the operator's can`() async throws {
        try await TestReceiver.with { receiver in
            try await GraphQLTester.withWebhooks(configure: {
                $0.allowsPrivateURLs = false
                $0.webhooks.fallback = .init(url: receiver.url, secret: "the operator's own")
            }) { tester, _ in
                let tenant = try await tester.makeTenant()
                let other = try await tester.makeTenant()
                // A name, since an address is refused at once.
                try await tester.setWebhook(
                    "http://localhost:\(receiver.port)/", as: tenant.credentials)
                try await tester.delivering {
                    let id = try await tester.writeEvents(of: tenant)[0]
                    let event = try await tester.waitForEvent(id, as: tenant.credentials) {
                        $0.attempts == 1
                    }
                    #expect(try event.error.required().contains("is not public"))
                    #expect(receiver.requests.isEmpty)
                    let others = try await tester.writeEvents(of: other)[0]
                    _ = try await tester.waitForEvent(others, as: other.credentials) {
                        $0.state == "DELIVERED"
                    }
                    let request = try #require(receiver.requests.first)
                    #expect(request.headers["hazina-tenant-id"] == other.id)
                    #expect(
                        Self.fault(request, "hazina-signature", secret: "the operator's own")
                            == nil)
                }
            }
        }
    }

    @Test func `without any receiver events wait, and are delivered once there is one`()
        async throws
    {
        try await TestReceiver.with { receiver in
            try await GraphQLTester.withWebhooks { tester, database in
                let tenant = try await tester.makeTenant()
                try await tester.delivering {
                    let ids = try await tester.writeEvents(3, of: tenant)
                    try await Task.sleep(for: .milliseconds(500))
                    for id in ids {
                        let event = try await tester.event(id, as: tenant.credentials)
                        #expect(event.state == "PENDING" && event.attempts == 0)
                    }
                    try await database.change(
                        "update hazina.webhook_events set queued_at = now() - interval '10 days'")
                    receiver.answer { _ in .init(500) }
                    try await tester.setWebhook(receiver.url, as: tenant.credentials)
                    // Its time counts from when there was a receiver.
                    _ = try await tester.waitForEvent(ids[0], as: tenant.credentials) {
                        $0.state == "PENDING" && $0.attempts == 1
                    }
                    receiver.answer { _ in .init(200) }
                    try await database.makeAttemptsDue()
                    _ = try await tester.waitForEvent(ids[2], as: tenant.credentials) {
                        $0.state == "DELIVERED"
                    }
                    #expect(receiver.requests.count == 4)
                }
            }
        }
    }
}
