import Foundation
import GraphQL

extension Resolvers<RequestContext> {
    mutating func webhooks(_ service: WebhookService) {
        query("webhook") { _, context in
            .optional(object: try await service.find(in: context))
        }
        query("webhookEvent") { arguments, context in
            .object(try await service.event(id: arguments.string("id"), in: context))
        }
        query("webhookEvents") { arguments, context in
            .object(
                try await service.page(
                    PageRequest(arguments), WebhookEventFilter(arguments.optionalObject("filter")),
                    by: ListOrder(arguments, standard: .createdAt), in: context))
        }
        subscription("events") { arguments, context in
            let filter = try arguments.optionalObject("filter")
            return try await service.follow(
                type: filter?.optionalString("type"),
                paymentPointer: filter?.optionalString("paymentPointerId"), in: context
            ) { .object($0) }
        }
        webhookMutations(service)
        webhookTypes()
    }

    private mutating func webhookMutations(_ service: WebhookService) {
        mutation("setWebhook", failure: "Error trying to set webhook") { arguments, context in
            let url = try arguments.object("input").optionalString("url")
            let set = try await service.set(url: url, in: context)
            return .success(
                set.webhook == nil ? "Removed Webhook" : "Set Webhook",
                [
                    "webhook": .optional(object: set.webhook),
                    "secret": .optional(set.secret?.text),
                ])
        }
        mutation(
            "rotateWebhookSecret", failure: "Error trying to rotate webhook secret"
        ) { arguments, context in
            let rotated = try await service.rotate(
                overlapSeconds: arguments.object("input").int("overlapSeconds"), in: context)
            return .success(
                "Rotated Webhook Secret",
                ["webhook": .object(rotated.webhook), "secret": .string(rotated.secret.text)])
        }
        mutation(
            "sendTestWebhook", failure: "Error trying to send test webhook"
        ) { _, context in
            .success(
                "Queued Test Event",
                ["webhookEvent": .object(try await service.sendTest(in: context))])
        }
        mutation(
            "resendWebhookEvent", failure: "Error trying to resend webhook event"
        ) { arguments, context in
            .success(
                "Queued Webhook Event",
                [
                    "webhookEvent": .object(
                        try await service.resend(id: arguments.string("id"), in: context))
                ])
        }
        response("SetWebhookMutationResponse", fields: ["webhook", "secret"])
        response("RotateWebhookSecretMutationResponse", fields: ["webhook", "secret"])
        response("SendTestWebhookMutationResponse", fields: ["webhookEvent"])
        response("ResendWebhookEventMutationResponse", fields: ["webhookEvent"])
    }

    private mutating func webhookTypes() {
        type("Webhook", of: Webhook.self) { type in
            type.field("url") { .string($0.url) }
            type.field("hasPreviousSecret") { .bool($0.previousSecretExpiresAt != nil) }
            type.field("previousSecretExpiresAt") { .optional($0.previousSecretExpiresAt?.text) }
            type.field("createdAt") { .string($0.createdAt.text) }
            type.field("updatedAt") { .string($0.updatedAt.text) }
        }
        type("WebhookEvent", of: StoredWebhookEvent.self) { type in
            type.field("id") { .string($0.id.description) }
            type.field("type") { .string($0.type) }
            type.field("data") { .string($0.data) }
            type.field("state") { .string($0.state.rawValue) }
            type.field("attempts") { .int($0.attempts) }
            type.field("statusCode") { .optional($0.statusCode) }
            type.field("error") { .optional($0.failure) }
            type.field("subjectId") { .string($0.subject) }
            type.field("paymentPointerId") { .optional($0.paymentPointer?.description) }
            type.field("withdrawal") { .optional(object: $0.withdrawal) }
            type.field("nextAttemptAt") { .optional($0.nextAttemptAt?.text) }
            type.field("createdAt") { .string($0.createdAt.text) }
            type.field("updatedAt") { .string($0.updatedAt.text) }
        }
        type("WebhookWithdrawal", of: WebhookEvent.Withdrawal.self) { type in
            type.field("accountId") { .string($0.account.canonicalText) }
            type.field("assetId") { .string($0.asset.description) }
            type.field("amount") { .uint64($0.amount) }
        }
        connection("WebhookEventsConnection", edge: "WebhookEventEdge", of: StoredWebhookEvent.self)
    }
}

extension WebhookEventFilter {
    fileprivate init(_ filter: Arguments?) throws {
        self.init(
            type: try filter?.optionalString("type"),
            state: try filter?.optionalString("state").flatMap {
                StoredWebhookEvent.State(rawValue: $0)
            },
            subject: try filter?.optionalString("subjectId"),
            paymentPointer: try filter?.optionalString("paymentPointerId"))
    }
}
