package import Foundation
package import Postgres

/// Something in the ledger that must not be.
package struct AuditFinding: Sendable, Equatable {
    package let rule: String
    package let tenant: UUID
    /// The account, transfer or asset concerned.
    package let subject: UUID
    package let detail: String
}

/// What an audit looked at in one tenant, and what it found.
package struct AuditReport: Sendable {
    package let accounts: Int
    package let transfers: Int
    /// At most 1,000 of each rule.
    package let findings: [AuditFinding]
}

/// Checks the ledger's invariants on a live database. It reads one snapshot of each tenant, takes
/// no lock that a transfer would wait for, and reads every transfer.
package struct LedgerAudit: Sendable {
    private let pool: Pool
    private let repository = AuditRepository()

    package init(pool: Pool) {
        self.pool = pool
    }

    /// Up to 100 tenants after this one, in the order of their ids.
    package func tenants(after tenant: UUID?) async throws -> [UUID] {
        try await repository.tenants(after: tenant, in: pool)
    }

    package func report(on tenant: UUID) async throws -> AuditReport {
        let setting = LocalSetting(
            name: "app.tenant_id", value: tenant.uuidString.lowercased())
        return try await pool.transaction(
            settings: [setting], isolation: .repeatableRead
        ) { transaction in
            let size = try await repository.size(tenant, in: transaction)
            var findings: [AuditFinding] = []
            for (rule, statement) in AuditRepository.rules(tenant) {
                for row in try await transaction.query(statement) {
                    findings.append(
                        AuditFinding(
                            rule: rule, tenant: tenant, subject: try row.decode("subject"),
                            detail: try row.decode("detail")))
                }
            }
            return AuditReport(
                accounts: size.accounts, transfers: size.transfers, findings: findings)
        }
    }
}
