import Foundation
import Ledger
import Postgres
import TestSupport
import Testing

/// What no program can do to the ledger, whatever it writes and whatever rights it has.
@Suite struct WrongProgramTests {
    private static func transfer(
        _ debit: UUID, _ credit: UUID, _ amount: String, state: String = "posted"
    ) -> String {
        statement([row(debit, credit, amount, state: state)])
    }

    private static func row(
        _ debit: UUID, _ credit: UUID, _ amount: String, state: String = "posted"
    ) -> String {
        """
        ('\(LedgerFixture.tenant)', '\(UUID())', '\(debit)', '\(credit)', '\(state)', \(amount))
        """
    }

    /// The triggers see a tenant's accounts, and would refuse everything where none is named.
    private static func statement(_ rows: [String]) -> String {
        """
        select set_config('app.tenant_id', '\(LedgerFixture.tenant)', true);
        insert into hazina.ledger_transfers (
            tenant_id, id, debit_account_id, credit_account_id, state, amount)
        values \(rows.joined(separator: ", "))
        """
    }

    /// The condition under which a superuser's statement is refused; nil if it is not.
    private func refusal(_ statement: String, _ fixture: LedgerFixture) async throws -> String? {
        do {
            try await fixture.database.administer(statement)
            return nil
        } catch let error as PostgresError {
            return error.sqlState
        }
    }

    @Test func `no account is overdrawn or overfilled, and every entry has two sides`()
        async throws
    {
        try await LedgerFixture.with { fixture in
            let (one, other) = try await pair(fixture)
            let dollars = try await fixture.openPeers(1, asset: fixture.dollar)[0]
            let sound = Self.transfer(one, other, "100")
            #expect(try await refusal("begin; \(sound); rollback", fixture) == nil)
            for statement in [
                Self.transfer(one, other, "101"),
                Self.transfer(one, other, "101", state: "pending"),
                Self.transfer(one, dollars, "10"), Self.transfer(one, UUID(), "10"),
                Self.transfer(UUID(), other, "10"), Self.transfer(one, one, "10"),
                Self.transfer(one, other, "0"), Self.transfer(one, other, "-1"),
                Self.transfer(one, other, "18446744073709551616"),
                Self.transfer(one, other, "1", state: "voided"),
                // Together too much, each by itself not.
                Self.transfer(one, other, "60") + ";" + Self.transfer(one, other, "60"),
            ] {
                #expect(try await refusal(statement, fixture) == "23514", "\(statement)")
            }
            try await expectUntouched(fixture, one, other)
        }
    }

    @Test func `what is wrong with one entry of a statement is wrong with all of it`()
        async throws
    {
        try await LedgerFixture.with { fixture in
            let (one, other) = try await pair(fixture)
            let dollars = try await fixture.openPeers(2, asset: fixture.dollar)
            let closed = try await fixture.openPeers(1)[0]
            try await fixture.database.administer(
                "update hazina.ledger_accounts set closed_at = now() where id = '\(closed)'")
            let sound = Self.row(one, other, "1")
            let soundRows = Self.statement([sound, Self.row(other, one, "1")])
            #expect(try await refusal("begin; \(soundRows); rollback", fixture) == nil)
            for rows in [
                // Each of an asset of its own, with as much gone as come in each.
                [Self.row(one, dollars[0], "10"), Self.row(dollars[0], one, "10")],
                [sound, Self.row(one, dollars[0], "10")], [sound, Self.row(one, UUID(), "10")],
                [sound, Self.row(one, closed, "1")], [Self.row(one, closed, "1")],
                [sound, Self.row(other, one, "102")], [Self.row(one, other, "101"), sound],
                [sound, Self.row(one, other, "1", state: "voided")],
                [sound, Self.row(one, other, "100", state: "pending")],
            ] {
                let statement = Self.statement(rows)
                #expect(try await refusal(statement, fixture) == "23514", "\(statement)")
            }
            try await expectUntouched(fixture, one, other)
        }
    }

    @Test func `no entry is changed, and no balance but by an entry`() async throws {
        try await LedgerFixture.with { fixture in
            let (one, other) = try await pair(fixture)
            let account = "where id = '\(one)'"
            for statement in [
                "update hazina.ledger_transfers set amount = 1",
                "update hazina.ledger_transfers set debit_account_id = '\(other)'",
                "update hazina.ledger_transfers set state = 'voided', resolved_at = now()",
                "delete from hazina.ledger_transfers", "truncate hazina.ledger_transfers",
                "update hazina.ledger_accounts set credits_posted = credits_posted + 1 \(account)",
                "update hazina.ledger_accounts set debits_pending = 1 \(account)",
                "update hazina.ledger_accounts set asset_id = '\(fixture.dollar)' \(account)",
                "update hazina.ledger_accounts set closed_at = now() \(account)",
                "delete from hazina.ledger_accounts \(account)",
                """
                insert into hazina.ledger_accounts (tenant_id, id, asset_id, kind, credits_posted)
                values ('\(LedgerFixture.tenant)', '\(UUID())', '\(fixture.euro)', 'peer', 5)
                """,
            ] {
                #expect(try await refusal(statement, fixture) == "23514", "\(statement)")
            }
            try await expectUntouched(fixture, one, other)
        }
    }

    /// Two accounts of an asset, the first with 100 on it.
    private func pair(_ fixture: LedgerFixture) async throws -> (UUID, UUID) {
        let peers = try await fixture.openPeers(2)
        try await fixture.deposit(100, to: peers[0])
        return (peers[0], peers[1])
    }

    private func expectUntouched(
        _ fixture: LedgerFixture, _ one: UUID, _ other: UUID
    ) async throws {
        #expect(try await fixture.available(one) == 100)
        #expect(try await fixture.available(other) == 0)
        let report = try await LedgerAudit(pool: fixture.pool).report(on: LedgerFixture.tenant)
        #expect(report.findings.isEmpty)
        #expect(report.transfers == 1)
    }
}
