import GraphQL
import OrderedCollections

/// Sees to it that mutations marked `@audited` leave an entry in the audit log.
package struct AuditTrail: Sendable {
    /// The names of these mutations.
    let audited: Set<String>
    let log: AuditLogService

    init(_ schema: Schema, log: AuditLogService) {
        let fields = schema.mutationType?.fields.values.filter { field in
            field.appliedDirectives.contains { $0.name == "audited" }
        }
        audited = Set(fields?.map(\.name) ?? [])
        self.log = log
    }

    /// Carries a mutation out. If it is audited, its work and its entry are one transaction.
    func perform(
        _ mutation: String, _ arguments: Arguments, in context: RequestContext,
        _ perform: (Arguments, RequestContext) async throws -> MutationResponse
    ) async throws -> MutationResponse {
        guard audited.contains(mutation), let tenant = context.caller.tenantID else {
            return try await perform(arguments, context)
        }
        return try await log.recording(as: tenant) {
            do {
                return try await perform(arguments, context)
            } catch let error as any DomainError {
                return MutationResponse(code: error.code, message: error.message)
            }
        } entries: { response in
            let entry = NewAuditEntry(
                mutation, AuditSummary(arguments), response.subject, code: response.code,
                in: context)
            let others = response.concernedTenants.filter { $0 != tenant }
            return ([tenant] + others).map { ($0, entry) }
        }
    }

    /// Writes that the caller was refused an audited mutation, if its tenant is known.
    func recordRefusal(
        _ mutation: String, _ arguments: Arguments, code: String, in context: RequestContext
    ) {
        guard audited.contains(mutation), let tenant = context.caller.tenantID else { return }
        log.recordRefusal(
            NewAuditEntry(mutation, AuditSummary(arguments), nil, code: code, in: context),
            tenant: tenant)
    }
}

extension NewAuditEntry {
    fileprivate init(
        _ mutation: String, _ summary: AuditSummary, _ subject: AuditSubjectID?, code: String,
        in context: RequestContext
    ) {
        self.init(
            role: context.caller.roleName, keyID: context.caller.keyID,
            sessionID: context.caller.session?.id, operation: mutation,
            subject: subject ?? summary.subject, code: code, arguments: summary.text,
            clientAddress: context.clientAddress, requestID: context.requestID)
    }
}

extension MutationResponse {
    /// What it made or changed, as far as its answer tells.
    fileprivate var subject: AuditSubjectID? {
        if let subject = concerning { return AuditSubjectID(subject) }
        return sources.lazy.compactMap { ($0 as? any PageNode)?.cursor }.first
            .flatMap { AuditSubjectID($0) }
    }

    /// Tenants that its answer is about; they see in their own logs what the operator did.
    fileprivate var concernedTenants: Set<TenantID> {
        guard success else { return [] }
        return Set(
            sources.compactMap { ($0 as? Tenant)?.id ?? ($0 as? TenantKey)?.key.tenantID })
    }

    private var sources: [any Sendable] {
        fields.values.compactMap { field in
            if case .object(let source) = field { source } else { nil }
        }
    }
}
