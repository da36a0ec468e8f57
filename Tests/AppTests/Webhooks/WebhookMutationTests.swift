import Foundation
import TestSupport
import Testing

@testable import App

@Suite struct WebhookMutationTests {
    private func webhook(_ tester: GraphQLTester, _ credentials: Credentials) async throws -> JSON {
        try await tester.send(
            """
            { webhook { url hasPreviousSecret previousSecretExpiresAt createdAt updatedAt } }
            """, as: credentials
        ).data.webhook
    }

    private func rotate(
        _ tester: GraphQLTester, overlap: Int?, as credentials: Credentials
    ) async throws -> JSON {
        try await tester.send(
            """
            mutation($input: RotateWebhookSecretInput!) {
              rotateWebhookSecret(input: $input) {
                code message secret webhook { hasPreviousSecret previousSecretExpiresAt }
              }
            }
            """, ["input": overlap.map { ["overlapSeconds": .number(Double($0))] } ?? [:]],
            as: credentials
        ).data.rotateWebhookSecret
    }

    private func resend(
        _ tester: GraphQLTester, _ id: String, as credentials: Credentials
    ) async throws -> JSON {
        try await tester.send(
            """
            mutation($id: String!) {
              resendWebhookEvent(id: $id) { code message webhookEvent { id state attempts } }
            }
            """, ["id": .string(id)], as: credentials
        ).data.resendWebhookEvent
    }

    @Test func `the first URL makes a secret, which is shown once`() async throws {
        try await GraphQLTester.withWebhooks { tester, _ in
            let tenant = try await tester.makeTenant()
            #expect(try await webhook(tester, tenant.credentials).isNull)
            let secret = try #require(
                try await tester.setWebhook("https://one.example/hook", as: tenant.credentials))
            #expect(secret.hasPrefix("hz_wh_"))
            #expect(Secret(secret)?.kind == .webhook)
            #expect(
                try await tester.setWebhook("https://two.example/hook", as: tenant.credentials)
                    == nil)
            let set = try await webhook(tester, tenant.credentials)
            #expect(set.url == "https://two.example/hook")
            #expect(set.hasPreviousSecret == false && set.previousSecretExpiresAt.isNull)
            let other = try await tester.makeTenant()
            #expect(try await webhook(tester, other.credentials).isNull)

            try await tester.setWebhook(nil, as: tenant.credentials)
            #expect(try await webhook(tester, tenant.credentials).isNull)
            let again = try await tester.setWebhook(
                "https://two.example/hook", as: tenant.credentials)
            #expect(again != nil && again != secret)
        }
    }

    @Test(arguments: [
        "", "wallet.example", "ftp://wallet.example/", "https://user:word@wallet.example/",
        "http://127.0.0.1:4001/", "http://[::1]/", "http://169.254.169.254/latest",
        "http://10.0.0.1/", "https://a b/",
    ])
    func `what cannot be a receiver is refused`(url: String) async throws {
        try await GraphQLTester.with { tester in
            let answer = try await tester.send(
                """
                mutation($url: String) { setWebhook(input: {url: $url}) { code message secret } }
                """, ["url": .string(url)], as: .operator
            ).data.setWebhook
            #expect(answer.code == "400" && answer.secret.isNull)
            #expect(try answer.message.required().hasPrefix("Invalid webhook url: "))
        }
    }

    @Test func `after a rotation both secrets sign until the overlap ends`() async throws {
        try await TestReceiver.with { receiver in
            try await GraphQLTester.withWebhooks { tester, database in
                let tenant = try await tester.makeTenant()
                #expect(
                    try await rotate(tester, overlap: nil, as: tenant.credentials).code == "404")
                let old = try #require(
                    try await tester.setWebhook(receiver.url, as: tenant.credentials))
                for overlap in [-1, 2_592_001] {
                    let answer = try await rotate(tester, overlap: overlap, as: tenant.credentials)
                    #expect(answer.code == "400" && answer.secret.isNull)
                }
                let rotated = try await rotate(tester, overlap: nil, as: tenant.credentials)
                #expect(rotated.code == "200" && rotated.webhook.hasPreviousSecret == true)
                let new = try rotated.secret.required()
                try await tester.delivering {
                    try await tester.writeEvents(of: tenant)
                    #expect(await receiver.waitForRequests(1))
                    #expect(Self.verifies(receiver.requests[0], [new: true, old: true]))
                    try await database.change(
                        "update hazina.webhooks set previous_expires_at = now()")
                    try await tester.writeEvents(of: tenant)
                    #expect(await receiver.waitForRequests(2))
                    #expect(Self.verifies(receiver.requests[1], [new: true, old: false]))
                    let last = try await rotate(tester, overlap: 0, as: tenant.credentials)
                    #expect(last.webhook.hasPreviousSecret == false)
                    try await tester.writeEvents(of: tenant)
                    #expect(await receiver.waitForRequests(3))
                    #expect(
                        Self.verifies(
                            receiver.requests[2], [try last.secret.required(): true, new: false]))
                }
            }
        }
    }

    private static func verifies(
        _ request: TestReceiver.Request, _ secrets: [String: Bool]
    ) -> Bool {
        secrets.allSatisfy { secret, isRight in
            let fault = WebhookSignature.fault(
                in: request.headers["rafiki-signature"] ?? "", body: request.body, secret: secret,
                now: Int(Date().timeIntervalSince1970))
            return (fault == nil) == isRight
        }
    }

    @Test func `a test event is delivered like any other`() async throws {
        try await TestReceiver.with { receiver in
            try await GraphQLTester.withWebhooks { tester, _ in
                let tenant = try await tester.makeTenant()
                let send = "mutation { sendTestWebhook { code message webhookEvent { id } } }"
                let refused = try await tester.send(send, as: tenant.credentials)
                #expect(refused.data.sendTestWebhook.code == "404")
                try await tester.setWebhook(receiver.url, as: tenant.credentials)
                try await tester.delivering {
                    let sent = try await tester.mutate(send, as: tenant.credentials)
                    let id = try sent.webhookEvent.id.required()
                    let event = try await tester.waitForEvent(id, as: tenant.credentials) {
                        $0.state == "DELIVERED"
                    }
                    #expect(event.type == "webhook.test" && event.paymentPointerId.isNull)
                    let body = try JSON(bytes: Array(receiver.requests[0].body.utf8))
                    #expect(body.data.test.tenantId == .string(tenant.id))
                    #expect(try event.data.required() == #"{"test":{"tenantId":"\#(tenant.id)"}}"#)
                }
            }
        }
    }

    @Test func `an event is given up after days, and can be sent again`() async throws {
        try await TestReceiver.with({ _ in .init(500) }) { receiver in
            try await GraphQLTester.withWebhooks { tester, database in
                let tenant = try await tester.makeTenant()
                let other = try await tester.makeTenant()
                try await tester.setWebhook(receiver.url, as: tenant.credentials)
                let id = try await tester.writeEvents(of: tenant)[0]
                #expect(try await resend(tester, id, as: tenant.credentials).code == "409")
                #expect(try await resend(tester, id, as: other.credentials).code == "404")
                #expect(try await resend(tester, "x", as: tenant.credentials).code == "404")
                try await database.change(
                    """
                    update hazina.webhooks set url_since = now() - interval '3 days';
                    update hazina.webhook_events set queued_at = now() - interval '3 days'
                    """)
                try await tester.delivering {
                    for expected in ["FAILED", "DELIVERED"] {
                        _ = try await tester.waitForEvent(id, as: tenant.credentials) {
                            $0.state == .string(expected)
                        }
                        receiver.answer { _ in .init(200) }
                        let sent = try await resend(tester, id, as: tenant.credentials)
                        #expect(sent.code == "200" && sent.webhookEvent.state == "PENDING")
                        #expect(sent.webhookEvent.attempts == 0)
                    }
                    #expect(await receiver.waitForRequests(3))
                }
            }
        }
    }

    @Test func `a sent request's wake-up comes after its commit`() async throws {
        try await TestReceiver.with { receiver in
            try await GraphQLTester.withWebhooks(configure: {
                $0.webhooks.pollInterval = .seconds(60)
            }) { tester, _ in
                try await tester.setWebhook(receiver.url, as: .operator)
                try await tester.delivering {
                    let keyed = try await tester.send(
                        "mutation { sendTestWebhook { code } }", under: "key", as: .operator)
                    #expect(keyed.answer.data.sendTestWebhook.code == "200")
                    #expect(await receiver.waitForRequests(1, within: .seconds(5)))
                }
            }
        }
    }
}
