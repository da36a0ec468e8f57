import Foundation
import Ledger
import Postgres
import TestSupport
import Testing

@Suite struct AuditTests {
    private func report(_ fixture: LedgerFixture) async throws -> AuditReport {
        try await LedgerAudit(pool: fixture.pool).report(on: LedgerFixture.tenant)
    }

    /// Some of everything.
    private func work(_ fixture: LedgerFixture) async throws {
        let peers = try await fixture.openPeers(3)
        let payee = try await fixture.openPeers(1, asset: fixture.dollar)[0]
        for peer in peers { try await fixture.deposit(100, to: peer) }
        try await fixture.perform(
            .transfer([.deposit(id: UUID(), to: fixture.dollar, kind: .asset, amount: 50)]))
        for (peer, resolution) in zip(peers, [LedgerOperation.Resolution.post, .void, .expire]) {
            let id = UUID()
            let seconds = resolution == .expire ? 0 : nil
            try await fixture.perform(
                .transfer([
                    Transfer(
                        id: id, debit: peer, credit: fixture.euro, amount: 10,
                        phase: .pending(seconds: seconds)),
                    Transfer(
                        id: UUID(), debit: fixture.dollar, credit: payee, amount: 9,
                        phase: .pending(seconds: seconds)),
                ]))
            try await fixture.perform(.resolve(id: id, resolution))
        }
        try await fixture.perform(
            .transfer([
                .withdrawal(
                    id: UUID(), from: peers[0], kind: .peer, amount: nil,
                    phase: .pending(seconds: 60))
            ]))
    }

    @Test func `a ledger that was used as it should be is sound`() async throws {
        try await LedgerFixture.with { fixture in
            try await work(fixture)
            let report = try await report(fixture)
            #expect(report.findings.isEmpty)
            #expect(report.accounts == 10)
            #expect(report.transfers == 11)
            let audit = LedgerAudit(pool: fixture.pool)
            #expect(try await audit.tenants(after: nil) == [LedgerFixture.tenant])
            #expect(try await audit.tenants(after: LedgerFixture.tenant).isEmpty)
        }
    }

    @Test(arguments: [
        (
            "update hazina.ledger_accounts set credits_posted = credits_posted + 1 "
                + "where kind = 'peer'", "balances are the sums of transfers"
        ),
        (
            "update hazina.ledger_accounts set credits_posted = credits_posted + 1 "
                + "where kind = 'peer'", "an asset's debits equal its credits"
        ),
        (
            "delete from hazina.ledger_transfers where state = 'posted'",
            "balances are the sums of transfers"
        ),
        (
            "delete from hazina.ledger_accounts where kind = 'peer'",
            "a transfer is between two accounts of one asset"
        ),
        (
            "update hazina.ledger_transfers set amount = amount + 1 where state = 'posted'",
            "balances are the sums of transfers"
        ),
        (
            "alter table hazina.ledger_accounts drop constraint ledger_accounts_sound_check; "
                + "update hazina.ledger_accounts set debits_posted = 99999 where kind = 'peer'",
            "no account is overdrawn, too full, or closed with money on it"
        ),
        (
            "update hazina.ledger_transfers set expires_at = now() - interval '2 minutes' "
                + "where state = 'pending'", "nothing is pending a minute after its time"
        ),
        (
            "update hazina.ledger_transfers set state = 'voided' "
                + "where linked_to is not null and state = 'posted'",
            "the legs of an operation share their fate"
        ),
    ])
    func `damage is found`(_ damage: String, _ rule: String) async throws {
        try await LedgerFixture.with { fixture in
            try await work(fixture)
            try await TestDatabase.admin(fixture.database.adminURL) { connection in
                try await connection.execute(
                    script: "set session_replication_role = replica; " + damage)
            }
            let report = try await report(fixture)
            #expect(report.findings.contains { $0.rule == rule }, "\(report.findings)")
        }
    }
}
