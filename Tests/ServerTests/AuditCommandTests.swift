import Foundation
import Postgres
import Testing

@testable import Server

@Suite(.enabled(if: clusterURL != nil, "needs HAZINA_TEST_DATABASE_URL"))
struct AuditCommandTests {
    @Test func `audit names what is broken and ends with 1`() async throws {
        try await CommandDatabase.with { database in
            let environment = database.environment
            #expect(try await HazinaProcess.run("migrate", environment: environment).status == 0)
            let connection = try await DirectConnection.open(url: database.admin)
            defer { connection.close() }
            // Without the triggers that refuse it.
            try await connection.execute(
                script: """
                    set session_replication_role = replica;
                    insert into hazina.ledger_transfers (
                        tenant_id, id, debit_account_id, credit_account_id, state, amount)
                    select tenant_id, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
                        'posted', 5
                    from hazina.tenants limit 1
                    """)
            let audit = try await HazinaProcess.run("audit", environment: environment)
            #expect(audit.status == 1)
            #expect(
                audit.output.contains(
                    ": broken: a transfer is between two accounts of one asset"))
            #expect(audit.output.contains("finding(s): 1 tenant(s), 0 account(s), 1 transfer(s)."))
        }
    }
}
