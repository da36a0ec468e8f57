import Foundation
import Postgres
import TestSupport

@testable import App

extension GraphQLTester {
    /// Runs `body` with a server that delivers quickly, also to this machine.
    static func withWebhooks<Result: Sendable>(
        configure: (inout AppConfiguration) -> Void = { _ in },
        _ body: (GraphQLTester, TestDatabase) async throws -> Result
    ) async throws -> Result {
        try await TestDatabase.with { database in
            try await withWebhooks(on: database, configure: configure) { tester in
                try await body(tester, database)
            }
        }
    }

    /// The same as one more process on a database.
    static func withWebhooks<Result: Sendable>(
        on database: TestDatabase, configure: (inout AppConfiguration) -> Void = { _ in },
        _ body: (GraphQLTester) async throws -> Result
    ) async throws -> Result {
        try await GraphQLTester.with(
            database,
            configure: { configuration in
                configuration.allowsPrivateURLs = true
                configuration.webhooks.timeout = .seconds(2)
                configuration.webhooks.pollInterval = .milliseconds(100)
                configure(&configuration)
            }, body)
    }

    var delivery: Worker {
        get throws {
            guard let worker = app.workers.first(where: { $0.name == "webhook delivery" }) else {
                throw Unexpected(description: "no delivery")
            }
            return worker
        }
    }

    /// Runs `body` while events are delivered.
    func delivering<Result: Sendable>(
        _ body: () async throws -> Result
    ) async throws -> Result {
        let worker = try delivery
        let task = Task { await worker.run() }
        do {
            let result = try await body()
            worker.stop()
            await task.value
            return result
        } catch {
            worker.stop()
            await task.value
            throw error
        }
    }

    /// - Returns: the secret, if it is a new webhook.
    @discardableResult
    func setWebhook(_ url: String?, as credentials: Credentials) async throws -> String? {
        try await mutate(
            """
            mutation($url: String) { setWebhook(input: {url: $url}) { code message secret } }
            """, ["url": url.map { .string($0) } ?? .null], as: credentials
        ).secret.text
    }

    /// Writes events of one subject, in this order.
    /// - Returns: their ids.
    @discardableResult
    func writeEvents(
        _ count: Int = 1, subject: UUID = UUID(), paymentPointer: String? = nil,
        kind: WebhookEvent.Kind = .incomingPaymentCompleted, of tenant: TestTenant
    ) async throws -> [String] {
        guard let tenantID = TenantID(tenant.id) else { throw Unexpected(description: tenant.id) }
        let events = (0..<count).map { number in
            WebhookEvent(
                id: .next(), kind: kind, subject: subject,
                paymentPointer: paymentPointer.flatMap { PaymentPointerID($0) },
                data: ["number": .integer(number), "name": "Zoë \"\n"], withdrawal: nil)
        }
        try await pool.transaction(
            settings: [LocalSetting(name: "app.tenant_id", value: tenant.id)]
        ) { transaction in
            _ = try await transaction.execute(
                WebhookEventRepository.insert(events, tenant: tenantID))
        }
        try delivery.signal.wake()
        return events.map(\.id.description)
    }

    func event(_ id: String, as credentials: Credentials) async throws -> JSON {
        try await send(
            """
            query($id: String!) {
              webhookEvent(id: $id) {
                id type data state attempts statusCode error subjectId paymentPointerId
                withdrawal { accountId assetId amount } nextAttemptAt createdAt updatedAt
              }
            }
            """, ["id": .string(id)], as: credentials
        ).data.webhookEvent
    }

    /// Waits until an event is as it should be.
    func waitForEvent(
        _ id: String, as credentials: Credentials, _ isReady: (JSON) -> Bool
    ) async throws -> JSON {
        var event = JSON.null
        for _ in 0..<500 {
            event = try await self.event(id, as: credentials)
            if isReady(event) { return event }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Unexpected(description: "\(event)")
    }
}

extension TestDatabase {
    /// As a superuser.
    func change(_ statement: String) async throws {
        try await Self.admin(adminURL) { try await $0.execute(script: statement) }
    }

    /// Lets every waiting attempt be made now.
    func makeAttemptsDue() async throws {
        try await change("update hazina.webhook_queue set due_at = now() where claim is null")
    }
}
