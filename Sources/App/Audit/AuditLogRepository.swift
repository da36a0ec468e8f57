import Postgres

/// All SQL of the audit log, whose rows are added and read, and never changed.
struct AuditLogRepository: Sendable {
    let database: Database

    private static let columns = """
        a.id, a.role, a.key_id, a.session_id, a.operation, a.subject_id, a.code, a.arguments,
            a.client_address, a.request_id, a.created_at
        """

    func insert(
        _ entry: NewAuditEntry, tenant: TenantID, in transaction: Transaction
    ) async throws {
        _ = try await transaction.execute(
            """
            -- audit_log.insert
            insert into hazina.audit_log
                (tenant_id, id, role, key_id, session_id, operation, subject_id, code, arguments,
                client_address, request_id)
            values (
                \(tenant), \(AuditEntryID.next()), \(entry.role), \(entry.keyID),
                \(entry.sessionID), \(entry.operation), \(entry.subject), \(entry.code),
                \(entry.arguments), \(entry.clientAddress), \(entry.requestID))
            """)
    }

    func page(
        _ page: PageRequest, _ filter: AuditFilter, isDescending: Bool, tenant: TenantID
    ) async throws -> Page<AuditEntry> {
        let scan = ListScan(
            "hazina.audit_log", by: ["id"], isDescending: isDescending, page, tenant: tenant)
        let rows = try await database.read(
            """
            -- audit_log.page
            select \(unescaped: Self.columns),
                \(page.hasCursor) and (
                    select true from hazina.audit_log o
                    where o.tenant_id = \(tenant)\(matching: filter, "o")\(before: scan, "o")
                    order by \(unescaped: scan.order("o")) limit 1) is true as has_other
            from hazina.audit_log a
            where a.tenant_id = \(tenant)\(matching: filter, "a")\(after: scan, "a")
            order by \(unescaped: scan.order("a")) limit \(scan.limit)
            """, as: tenant)
        return Page(
            rows: try rows.map(Self.entry), of: page,
            hasOther: try rows.first?.decode("has_other"))
    }

    private static func entry(_ row: Row) throws -> AuditEntry {
        AuditEntry(
            id: try row.id("id"), role: try row.decode("role"),
            keyID: try row.optionalID("key_id"), sessionID: try row.optionalID("session_id"),
            operation: try row.decode("operation"), subject: try row.optionalID("subject_id"),
            code: try row.decode("code"), arguments: try row.decode("arguments"),
            clientAddress: try row.decode("client_address"),
            requestID: try row.decode("request_id"), createdAt: try row.decode("created_at"))
    }
}

extension SQL.StringInterpolation {
    /// ` and` the filter's conditions.
    fileprivate mutating func appendInterpolation(matching filter: AuditFilter, _ alias: String) {
        appendInterpolation(and: "\(alias).operation", is: filter.operation)
        appendInterpolation(and: "\(alias).code", is: filter.code)
        appendInterpolation(and: "\(alias).key_id", is: filter.key.flatMap { ApiKeyID($0) })
        appendInterpolation(
            and: "\(alias).subject_id", is: filter.subject.flatMap { AuditSubjectID($0) })
        if let since = filter.since {
            appendLiteral(" and \(alias).created_at >= ")
            appendInterpolation(since)
        }
        if let before = filter.before {
            appendLiteral(" and \(alias).created_at < ")
            appendInterpolation(before)
        }
    }
}
