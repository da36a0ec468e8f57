import Foundation
import Ledger
import Postgres
import TestSupport
import Testing

@Suite struct LedgerAccountTests {
    @Test func `an asset has a liquidity account of its own id, a fee and a settlement account`()
        async throws
    {
        try await LedgerFixture.with { fixture in
            let accounts = try await fixture.transaction { transaction in
                try await transaction.query(
                    """
                    select id, kind from hazina.ledger_accounts
                    where asset_id = \(fixture.euro) order by kind
                    """)
            }
            let kinds = try accounts.map { try $0.decode("kind", as: String.self) }
            #expect(kinds == ["asset", "fee", "settlement"])
            #expect(try accounts.first?.decode("id", as: UUID.self) == fixture.euro)
            #expect(try await fixture.available(fixture.euro) == 0)
        }
    }

    @Test func `an asset has one settlement account only`() async throws {
        try await LedgerFixture.with { fixture in
            await #expect(throws: PostgresError.self) {
                try await fixture.transaction { transaction in
                    try await fixture.ledger.openAccounts(
                        ofAsset: fixture.euro, settlement: UUID(), in: transaction)
                }
            }
        }
    }

    @Test func `an account needs an asset of the tenant`() async throws {
        try await LedgerFixture.with { fixture in
            await #expect(throws: PostgresError.self) {
                try await fixture.transaction { transaction in
                    try await fixture.ledger.openAccount(
                        UUID(), kind: .peer, asset: UUID(), in: transaction)
                }
            }
        }
    }

    @Test func `an account closes when it is empty and takes part in nothing then`() async throws {
        try await LedgerFixture.with { fixture in
            let peer = try await fixture.openPeers(1)[0]
            let deposit = UUID()
            try await fixture.deposit(5, to: peer, id: deposit)
            let close = {
                try await fixture.transaction { transaction in
                    try await fixture.ledger.closeAccount(peer, in: transaction)
                }
            }
            #expect(try await !close())
            let withdrawal = UUID()
            try await fixture.perform(
                .transfer([
                    .withdrawal(
                        id: withdrawal, from: peer, kind: .peer, amount: nil,
                        phase: .pending(seconds: nil))
                ]))
            #expect(try await !close(), "while a withdrawal is pending")
            try await fixture.perform(.resolve(id: withdrawal, .post))
            #expect(try await close())
            #expect(try await close(), "again")
            #expect(
                try await fixture.refusal(
                    .transfer([.deposit(id: UUID(), to: peer, kind: .peer, amount: 1)]))
                    == .creditAccountUnknown)
            #expect(try await fixture.available(peer) == nil)
        }
    }

    @Test func `a disabled tenant moves nothing`() async throws {
        try await LedgerFixture.with { fixture in
            let peer = try await fixture.openPeers(1)[0]
            try await fixture.deposit(5, to: peer)
            let holds = try await fixture.transaction { transaction in
                try await transaction.execute(
                    "update hazina.tenants set disabled_at = now()")
                return try await fixture.ledger.holdTenant(in: transaction)
            }
            #expect(holds)
            #expect(
                try await fixture.refusal(
                    .transfer([.deposit(id: UUID(), to: peer, kind: .peer, amount: 1)]))
                    == .tenantDisabled)
            #expect(try await fixture.available(peer) == 5)
        }
    }
}
