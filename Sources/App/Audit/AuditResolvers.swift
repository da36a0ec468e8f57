import GraphQL

extension Resolvers<RequestContext> {
    mutating func auditLog(_ service: AuditLogService) {
        query("auditLog") { arguments, context in
            .object(
                try await service.page(
                    PageRequest(arguments), AuditFilter(arguments.optionalObject("filter")),
                    by: ListOrder(arguments, standard: .createdAt), in: context))
        }
        type("AuditLogEntry", of: AuditEntry.self) { type in
            type.field("id") { .string($0.id.description) }
            type.field("role") { .string($0.role) }
            type.field("keyId") { .optional($0.keyID?.description) }
            type.field("sessionId") { .optional($0.sessionID?.description) }
            type.field("operation") { .string($0.operation) }
            type.field("subjectId") { .optional($0.subject?.description) }
            type.field("code") { .string($0.code) }
            type.field("success") { .bool($0.code == "200") }
            type.field("arguments") { .string($0.arguments) }
            type.field("clientAddress") { .optional($0.clientAddress) }
            type.field("requestId") { .string($0.requestID) }
            type.field("createdAt") { .string($0.createdAt.text) }
        }
        connection("AuditLogConnection", edge: "AuditLogEdge", of: AuditEntry.self)
    }
}

extension AuditFilter {
    fileprivate init(_ filter: Arguments?) throws {
        try self.init(
            operation: filter?.optionalString("operation"),
            subject: filter?.optionalString("subjectId"), key: filter?.optionalString("keyId"),
            code: filter?.optionalString("code"), since: filter?.optionalString("since"),
            before: filter?.optionalString("before"))
    }
}
