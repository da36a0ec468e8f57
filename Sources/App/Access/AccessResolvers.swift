import GraphQL

extension Resolvers<RequestContext> {
    mutating func apiKeys(_ service: ApiKeyService) {
        query("apiKeys") { arguments, context in
            .object(
                try await service.page(
                    of: arguments.string("paymentPointerId"), PageRequest(arguments), in: context))
        }
        mutation("createApiKey", failure: "Error trying to create api key") { arguments, context in
            let input = try arguments.object("input")
            let created = try await service.create(
                paymentPointerID: input.string("paymentPointerId"),
                expiresAt: input.optionalString("expiresAt"), RequestedRestriction(input),
                in: context)
            return .success(
                "Created Api Key", ["apiKey": .object(created)],
                concerning: created.key.id.description)
        }
        mutation(
            "deleteAllApiKeys", failure: "Error trying to delete all api keys"
        ) { arguments, context in
            let id = try arguments.object("input").string("paymentPointerId")
            try await service.deleteAll(paymentPointerID: id, in: context)
            return .success("Deleted all Api Keys for payment pointer with id=\(id)")
        }
        mutation("revokeApiKey", failure: "Error trying to revoke api key") { arguments, context in
            try await service.revoke(
                id: arguments.object("input").string("id"), in: context)
            return .success("Revoked Api Key")
        }
        mutation(
            "rotateTenantKey", failure: "Error trying to rotate tenant key"
        ) { arguments, context in
            let input = try arguments.object("input")
            let rotated = try await service.rotateTenantKey(
                tenantID: input.optionalString("tenantId"),
                overlapSeconds: input.optionalInt("overlapSeconds") ?? 86400, in: context)
            return .success(
                "Rotated Tenant Key",
                [
                    "tenant": .object(rotated.tenant), "apiKey": .string(rotated.secret.text),
                    "previousKeysExpireAt": .optional(rotated.previousExpireAt?.text),
                ], concerning: rotated.id.description)
        }
        apiKeyTypes()
        tenantKeys(service)
    }

    private mutating func tenantKeys(_ service: ApiKeyService) {
        query("tenantKeys") { arguments, context in
            .object(try await service.tenantKeys(PageRequest(arguments), in: context))
        }
        mutation(
            "createTenantKey", failure: "Error trying to create tenant key"
        ) { arguments, context in
            let input = try arguments.object("input")
            let created = try await service.createTenantKey(
                tenantID: input.optionalString("tenantId"),
                expiresAt: input.optionalString("expiresAt"), RequestedRestriction(input),
                in: context)
            return .success(
                "Created Tenant Key",
                [
                    "tenantKey": .object(TenantKey(key: created.key)),
                    "apiKey": .string(created.secret.text),
                ], concerning: created.key.id.description)
        }
        mutation(
            "revokeTenantKey", failure: "Error trying to revoke tenant key"
        ) { arguments, context in
            try await service.revokeTenantKey(
                id: arguments.object("input").string("id"), in: context)
            return .success("Revoked Tenant Key")
        }
        tenantKeyTypes()
    }

    private mutating func tenantKeyTypes() {
        type("TenantKey", of: TenantKey.self) { type in
            type.field("id") { .string($0.key.id.description) }
            type.field("prefix") { .string($0.key.prefix) }
            type.field("readOnly") { .bool($0.key.restriction.isReadOnly) }
            type.field("fields") { .optional(names: $0.key.restriction.fields) }
            type.field("expiresAt") { .optional($0.key.expiresAt?.text) }
            type.field("lastUsedAt") { .optional($0.key.lastUsedAt?.text) }
            type.field("createdAt") { .string($0.key.createdAt.text) }
        }
        connection("TenantKeysConnection", edge: "TenantKeyEdge", of: TenantKey.self)
        response("CreateTenantKeyMutationResponse", fields: ["tenantKey", "apiKey"])
        response("RevokeTenantKeyMutationResponse")
    }

    private mutating func apiKeyTypes() {
        type("ApiKey", of: NewApiKey.self) { type in
            type.field("id") { .string($0.key.id.description) }
            type.field("paymentPointerId") { .optional($0.key.paymentPointerID?.description) }
            type.field("key") { .string($0.secret.text) }
            type.field("readOnly") { .bool($0.key.restriction.isReadOnly) }
            type.field("fields") { .optional(names: $0.key.restriction.fields) }
            type.field("expiresAt") { .optional($0.key.expiresAt?.text) }
            type.field("createdAt") { .string($0.key.createdAt.text) }
            type.field("updatedAt") { .string($0.key.updatedAt.text) }
        }
        type("ApiKeySummary", of: ApiKey.self) { type in
            type.field("id") { .string($0.id.description) }
            type.field("paymentPointerId") { .optional($0.paymentPointerID?.description) }
            type.field("prefix") { .string($0.prefix) }
            type.field("readOnly") { .bool($0.restriction.isReadOnly) }
            type.field("fields") { .optional(names: $0.restriction.fields) }
            type.field("expiresAt") { .optional($0.expiresAt?.text) }
            type.field("lastUsedAt") { .optional($0.lastUsedAt?.text) }
            type.field("createdAt") { .string($0.createdAt.text) }
        }
        connection("ApiKeysConnection", edge: "ApiKeyEdge", of: ApiKey.self)
        response("CreateApiKeyMutationResponse", fields: ["apiKey"])
        response("DeleteAllApiKeysMutationResponse")
        response("RevokeApiKeyMutationResponse")
        response(
            "RotateTenantKeyMutationResponse",
            fields: ["tenant", "apiKey", "previousKeysExpireAt"])
    }

    mutating func sessions(_ service: SessionService) {
        mutation("redeemApiKey", failure: "Error trying to redeem API key") { arguments, context in
            let input = try arguments.object("input")
            let session = try await service.redeem(
                key: input.string("key"), paymentPointerID: input.string("paymentPointerId"),
                in: context)
            return .success("Redeemed API Key", ["session": .object(session)])
        }
        mutation(
            "refreshSession", failure: "Error trying to refresh session"
        ) { arguments, context in
            let session = try await service.refresh(
                key: arguments.object("input").string("key"), in: context)
            return .success("Refreshed Session", ["session": .object(session)])
        }
        mutation("revokeSession", failure: "Error trying to revoke session") { arguments, context in
            try await service.revoke(key: arguments.object("input").string("key"), in: context)
            return .success("Revoked Session")
        }
        type("Session", of: IssuedSession.self) { type in
            type.field("key") { .string($0.key) }
            type.field("expiresAt") { .string($0.expiresAt.text) }
        }
        response("RedeemApiKeyMutationResponse", fields: ["session"])
        response("RefreshSessionMutationResponse", fields: ["session"])
        response("RevokeSessionMutationResponse")
    }

    mutating func whoami(_ tenants: TenantService, _ paymentPointers: PaymentPointerService) {
        query("whoami") { _, context in .object(context.caller) }
        type("Caller", of: Caller.self) { type in
            type.field("role") { .string($0.roleName) }
            type.field("tenant") { _, _, context in
                .object(try await tenants.current(in: context))
            }
            type.field("paymentPointer") { caller, _, context in
                guard let session = caller.session else { return .null }
                return .object(
                    try await paymentPointers.find(
                        session.paymentPointerID.description, in: context))
            }
            type.field("readOnly") { .bool($0.restriction.isReadOnly) }
            type.field("fields") { .optional(names: $0.restriction.fields) }
            type.field("sessionExpiresAt") { .optional($0.session?.expiresAt.text) }
        }
    }
}

extension RequestedRestriction {
    /// From an input with `readOnly` and `fields`.
    fileprivate init(_ input: Arguments) throws {
        self.init(
            isReadOnly: try input.optionalBool("readOnly"),
            fields: try input.optionalList("fields")?.compactMap(\.text))
    }
}

extension Resolved {
    /// A list of names, or null.
    fileprivate static func optional(names: [String]?) -> Resolved {
        names.map { .list($0.map { .string($0) }) } ?? .null
    }
}
