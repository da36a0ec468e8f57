import Foundation
import Ledger
import Postgres
import TestSupport
import Testing

@Suite struct TwoPhaseTests {
    private func withdrawal(
        _ amount: UInt64, from peer: UUID, id: UUID, seconds: Int? = nil
    ) -> LedgerOperation {
        .transfer([
            .withdrawal(
                id: id, from: peer, kind: .peer, amount: amount,
                phase: .pending(seconds: seconds))
        ])
    }

    @Test(arguments: [LedgerOperation.Resolution.post, .void])
    func `a pending transfer is resolved once`(_ resolution: LedgerOperation.Resolution)
        async throws
    {
        try await LedgerFixture.with { fixture in
            let peer = try await fixture.openPeers(1)[0]
            try await fixture.deposit(10, to: peer)
            let id = UUID()
            try await fixture.perform(withdrawal(4, from: peer, id: id))
            #expect(try await fixture.available(peer) == 6)
            #expect(try await fixture.perform(.resolve(id: id, resolution)) == 4)
            let reason: LedgerError.Reason = resolution == .post ? .alreadyPosted : .alreadyVoided
            for again in [LedgerOperation.Resolution.post, .void] {
                #expect(try await fixture.refusal(.resolve(id: id, again)) == reason)
            }
            #expect(try await fixture.available(peer) == (resolution == .post ? 6 : 10))
        }
    }

    @Test func `an unknown id, a deposit and a single-phase withdrawal are never resolved`()
        async throws
    {
        try await LedgerFixture.with { fixture in
            let peer = try await fixture.openPeers(1)[0]
            let (deposit, withdrawal) = (UUID(), UUID())
            try await fixture.deposit(10, to: peer, id: deposit)
            try await fixture.perform(
                .transfer([
                    .withdrawal(
                        id: withdrawal, from: peer, kind: .peer, amount: 1, phase: .single)
                ]))
            for resolution in [LedgerOperation.Resolution.post, .void] {
                let reasons = try await [
                    fixture.refusal(.resolve(id: UUID(), resolution)),
                    fixture.refusal(.resolve(id: deposit, resolution)),
                    fixture.refusal(.resolve(id: withdrawal, resolution)),
                ]
                #expect(reasons == [.transferUnknown, .transferUnknown, .alreadyPosted])
            }
            #expect(try await fixture.available(peer) == 9)
        }
    }

    @Test func `all legs of a pending operation are resolved together, by the first one's id`()
        async throws
    {
        try await LedgerFixture.with { fixture in
            let payer = try await fixture.openPeers(1)[0]
            let payee = try await fixture.openPeers(1, asset: fixture.dollar)[0]
            try await fixture.deposit(10, to: payer)
            try await fixture.perform(
                .transfer([
                    .deposit(id: UUID(), to: fixture.dollar, kind: .asset, amount: 12)
                ]))
            let (first, second) = (UUID(), UUID())
            try await fixture.perform(
                .transfer([
                    Transfer(
                        id: first, debit: payer, credit: fixture.euro, amount: 10,
                        phase: .pending(seconds: nil)),
                    Transfer(
                        id: second, debit: fixture.dollar, credit: payee, amount: 12,
                        phase: .pending(seconds: nil)),
                ]))
            #expect(try await fixture.available(fixture.dollar) == 0)
            #expect(try await fixture.available(payee) == 0)
            #expect(
                try await fixture.refusal(.resolve(id: second, .post)) == .transferUnknown)
            try await fixture.perform(.resolve(id: first, .post))
            #expect(try await fixture.available(payee) == 12)
            #expect(try await fixture.available(fixture.euro) == 10)
        }
    }

    @Test func `a transfer expires by the database's clock`() async throws {
        try await LedgerFixture.with { fixture in
            let peer = try await fixture.openPeers(1)[0]
            try await fixture.deposit(10, to: peer)
            let (late, early, swept) = (UUID(), UUID(), UUID())
            try await fixture.perform(withdrawal(1, from: peer, id: late, seconds: 3600))
            try await fixture.perform(withdrawal(2, from: peer, id: early, seconds: 0))
            try await fixture.perform(withdrawal(3, from: peer, id: swept, seconds: 0))
            #expect(try await fixture.refusal(.resolve(id: late, .expire)) == .notDue)
            #expect(try await fixture.refusal(.resolve(id: early, .post)) == .alreadyVoided)
            #expect(try await fixture.available(peer) == 6)
            #expect(try await fixture.ledger.expire(limit: 10) == 1)
            #expect(try await fixture.ledger.expire(limit: 10) == 0)
            #expect(try await fixture.available(peer) == 9)
            #expect(try await fixture.refusal(.resolve(id: swept, .void)) == .alreadyVoided)
            let state = try await fixture.ledger.transfer(swept, tenant: LedgerFixture.tenant)
            #expect(state?.state == .expired)
        }
    }

    @Test func `many expire at once, and one that cannot holds up no other`() async throws {
        try await LedgerFixture.with(poolSize: 1) { fixture in
            let peers = try await fixture.openPeers(2)
            for peer in peers { try await fixture.deposit(100, to: peer) }
            try await fixture.perform(withdrawal(1, from: peers[0], id: UUID(), seconds: 0))
            for _ in 0..<50 {
                try await fixture.perform(withdrawal(2, from: peers[1], id: UUID(), seconds: 0))
            }
            try await TestDatabase.admin(fixture.database.adminURL) { connection in
                try await connection.execute(
                    script: """
                        set session_replication_role = replica;
                        update hazina.ledger_accounts set debits_pending = 0
                        where id = '\(peers[0])'
                        """)
            }
            await #expect(throws: PostgresError.self) {
                try await fixture.ledger.expire(limit: 100)
            }
            #expect(try await fixture.available(peers[1]) == 100)
        }
    }
}
