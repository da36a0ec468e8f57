import Foundation
import Ledger
import Postgres
import TestSupport
import Testing

@Suite struct TransferTests {
    static let maximum = UInt64.max

    private func transfer(
        _ amount: UInt64?, _ debit: UUID?, _ credit: UUID?, id: UUID = UUID(),
        kind: AccountKind? = nil, phase: Transfer.Phase = .single
    ) -> Transfer {
        Transfer(id: id, debit: debit, credit: credit, kind: kind, amount: amount, phase: phase)
    }

    @Test func `money comes in, moves and goes out`() async throws {
        try await LedgerFixture.with { fixture in
            let peers = try await fixture.openPeers(2)
            try await fixture.deposit(100, to: peers[0])
            try await fixture.perform(.transfer([transfer(30, peers[0], peers[1])]))
            let all = try await fixture.perform(.transfer([transfer(nil, peers[1], nil)]))
            #expect(all == 30)
            let balances = try await fixture.ledger.balances(
                of: peers, tenant: LedgerFixture.tenant)
            #expect(balances[peers[0]]?.available == 70)
            #expect(balances[peers[0]]?.totalSent == "30")
            #expect(balances[peers[1]]?.available == 0)
            #expect(balances[peers[1]]?.totalReceived == "30")
        }
    }

    @Test func `what cannot be done is refused with its reason and changes nothing`() async throws {
        try await LedgerFixture.with { fixture in
            let peers = try await fixture.openPeers(2)
            let other = try await fixture.openPeers(1, asset: fixture.dollar)[0]
            let used = UUID()
            try await fixture.deposit(10, to: peers[0], id: used)
            let refusals: [(Transfer, LedgerError.Reason)] = [
                (transfer(1, UUID(), peers[0]), .debitAccountUnknown),
                (transfer(1, peers[0], UUID()), .creditAccountUnknown),
                (transfer(1, nil, UUID()), .creditAccountUnknown),
                (transfer(1, peers[0], peers[1], kind: .paymentPointer), .debitAccountUnknown),
                (transfer(1, nil, fixture.euro, kind: .peer), .creditAccountUnknown),
                (transfer(1, nil, nil), .debitAccountUnknown),
                (transfer(1, peers[0], peers[0]), .sameAccount),
                (transfer(1, peers[0], other), .differentAssets),
                (transfer(0, peers[0], peers[1]), .amountZero),
                (transfer(nil, peers[1], peers[0]), .amountZero),
                (transfer(99, peers[0], peers[1], id: used), .exists),
                (transfer(11, peers[0], peers[1]), .insufficientBalance),
                (transfer(Self.maximum, peers[0], peers[1]), .insufficientBalance),
                (transfer(Self.maximum - 9, nil, peers[0]), .balanceTooLarge),
            ]
            for (transfer, reason) in refusals {
                #expect(try await fixture.refusal(.transfer([transfer])) == reason)
            }
            #expect(try await fixture.available(peers[0]) == 10)
            #expect(try await fixture.available(peers[1]) == 0)
        }
    }

    @Test func `a settlement account cannot be named`() async throws {
        try await LedgerFixture.with { fixture in
            let settlement = try await fixture.transaction { transaction in
                try await transaction.query(
                    """
                    select id from hazina.ledger_accounts
                    where asset_id = \(fixture.euro) and kind = 'settlement'
                    """
                ).first?.decode("id", as: UUID.self)
            }
            #expect(
                try await fixture.refusal(
                    .transfer([transfer(1, settlement, fixture.euro)])) == .debitAccountUnknown)
        }
    }

    @Test func `balances reach 2^64-1 exactly, turnover passes it`() async throws {
        try await LedgerFixture.with { fixture in
            let peers = try await fixture.openPeers(2)
            try await fixture.deposit(Self.maximum, to: peers[0])
            #expect(
                try await fixture.refusal(.transfer([transfer(1, nil, peers[0])]))
                    == .balanceTooLarge)
            for _ in 0..<3 {
                try await fixture.perform(
                    .transfer([transfer(Self.maximum, peers[0], peers[1])]))
                try await fixture.perform(
                    .transfer([transfer(Self.maximum, peers[1], peers[0])]))
            }
            let balance = try await fixture.ledger.balances(
                of: [peers[0]], tenant: LedgerFixture.tenant)[peers[0]]
            #expect(balance?.available == Self.maximum)
            #expect(balance?.totalReceived == "73786976294838206460")
        }
    }

    @Test func `pending money that could still arrive counts towards the largest balance`()
        async throws
    {
        try await LedgerFixture.with { fixture in
            let peers = try await fixture.openPeers(2)
            try await fixture.deposit(Self.maximum, to: peers[0])
            try await fixture.deposit(1, to: peers[1])
            let pending = UUID()
            #expect(
                try await fixture.refusal(
                    .transfer([
                        transfer(1, peers[1], peers[0], phase: .pending(seconds: nil))
                    ])) == .balanceTooLarge)
            try await fixture.perform(
                .transfer([
                    transfer(5, peers[0], nil, id: pending, phase: .pending(seconds: nil))
                ]))
            // Voiding must never fail for lack of room.
            #expect(
                try await fixture.refusal(.transfer([transfer(1, peers[1], peers[0])]))
                    == .balanceTooLarge)
            try await fixture.perform(.resolve(id: pending, .void))
            #expect(try await fixture.available(peers[0]) == Self.maximum)
        }
    }

    @Test func `a batch is applied in order, its own duplicates included`() async throws {
        try await LedgerFixture.with { fixture in
            let peers = try await fixture.openPeers(2)
            let (first, second) = (UUID(), UUID())
            let results = try await fixture.transaction { transaction in
                try await fixture.ledger.apply(
                    [
                        .transfer([transfer(5, peers[0], peers[1], id: first)]),
                        .transfer([transfer(5, nil, peers[0], id: first)]),
                        .transfer([transfer(5, nil, peers[0], id: first)]),
                        .transfer([transfer(5, peers[0], peers[1])]),
                        .transfer([
                            transfer(
                                3, peers[1], nil, id: second, phase: .pending(seconds: nil))
                        ]),
                        .resolve(id: second, .post),
                        .resolve(id: second, .void),
                        .transfer([transfer(3, peers[1], peers[0])]),
                    ], in: transaction)
            }
            let reasons = results.map { result -> LedgerError.Reason? in
                if case .failure(let error) = result { error.reason } else { nil }
            }
            #expect(
                reasons == [
                    .insufficientBalance, nil, .exists, nil, nil, nil, .alreadyPosted,
                    .insufficientBalance,
                ])
            #expect(try await fixture.available(peers[1]) == 2)
        }
    }

    @Test func `rows between the same two sides are judged as each by itself would be`()
        async throws
    {
        try await LedgerFixture.with { fixture in
            let peers = try await fixture.openPeers(2)
            func reasons(
                _ amounts: [UInt64], _ debit: UUID?, _ credit: UUID?,
                phase: Transfer.Phase = .single
            ) async throws -> [LedgerError.Reason?] {
                let operations = amounts.map {
                    LedgerOperation.transfer([transfer($0, debit, credit, phase: phase)])
                }
                let results = try await fixture.transaction { transaction in
                    try await fixture.ledger.apply(operations, in: transaction)
                }
                return results.map { result in
                    if case .failure(let error) = result { error.reason } else { nil }
                }
            }
            #expect(try await reasons([1, 2, 3], nil, peers[0]) == [nil, nil, nil])
            #expect(try await reasons([1, 1], peers[0], nil) == [nil, nil])
            #expect(try await reasons([1, 2], peers[0], peers[1]) == [nil, nil])
            #expect(try await fixture.available(peers[0]) == 1)
            #expect(try await fixture.available(peers[1]) == 3)
            // One of them alone can fail.
            #expect(try await reasons([1, 0, 1], nil, peers[0]) == [nil, .amountZero, nil])
            #expect(
                try await reasons([2, 2, 1], peers[0], nil) == [nil, .insufficientBalance, nil])
            #expect(try await reasons([1, 1], nil, peers[0]) == [nil, nil])
            #expect(
                try await reasons([1, 1], peers[0], nil, phase: .pending(seconds: nil))
                    == [nil, nil])
            #expect(try await fixture.available(peers[0]) == 0)
            // All of them fail.
            #expect(
                try await reasons([1, 2], nil, UUID())
                    == [.creditAccountUnknown, .creditAccountUnknown])
            #expect(
                try await reasons([1, 2], UUID(), nil)
                    == [.debitAccountUnknown, .debitAccountUnknown])
            #expect(
                try await reasons([1, 1], peers[1], peers[1]) == [.sameAccount, .sameAccount])
            #expect(
                try await reasons([1, 1], peers[1], fixture.dollar)
                    == [.differentAssets, .differentAssets])
            #expect(try await fixture.available(peers[1]) == 3)
        }
    }

    @Test func `legs of one operation succeed or fail together`() async throws {
        try await LedgerFixture.with { fixture in
            let payer = try await fixture.openPeers(1)[0]
            let payee = try await fixture.openPeers(1, asset: fixture.dollar)[0]
            try await fixture.deposit(100, to: payer)
            let exchange = { (id: UUID) in
                LedgerOperation.transfer([
                    transfer(10, payer, fixture.euro, id: id),
                    transfer(12, fixture.dollar, payee),
                ])
            }
            do {
                try await fixture.perform(exchange(UUID()))
                Issue.record("the dollar account is empty")
            } catch let error as LedgerError {
                #expect(error == LedgerError(.insufficientBalance, leg: 1))
            }
            #expect(try await fixture.available(payer) == 100)
            try await fixture.perform(
                .transfer([
                    .deposit(id: UUID(), to: fixture.dollar, kind: .asset, amount: 12)
                ]))
            let id = UUID()
            #expect(try await fixture.perform(exchange(id)) == 10)
            #expect(try await fixture.refusal(exchange(id)) == .exists)
            #expect(try await fixture.available(payer) == 90)
            #expect(try await fixture.available(payee) == 12)
            #expect(try await fixture.available(fixture.euro) == 10)
            #expect(try await fixture.available(fixture.dollar) == 0)
        }
    }

    @Test func `a page of transfers is in the order of commits, from either end`() async throws {
        try await LedgerFixture.with { fixture in
            let peers = try await fixture.openPeers(2)
            var ids: [UUID] = []
            for amount in 1...7 {
                ids.append(UUID())
                try await fixture.deposit(UInt64(amount), to: peers[0], id: ids[amount - 1])
            }
            ids.append(UUID())
            try await fixture.perform(.transfer([transfer(2, peers[0], peers[1], id: ids[7])]))
            let page = { (start: HistoryRequest.Start) in
                try await fixture.ledger.transfers(
                    of: peers, HistoryRequest(start, limit: 3), tenant: LedgerFixture.tenant)
            }
            #expect(try await page(.oldest)[peers[0]]?.map(\.id) == Array(ids[0..<4]))
            #expect(try await page(.after(ids[5]))[peers[0]]?.map(\.id) == Array(ids[6..<8]))
            #expect(
                try await page(.newest)[peers[0]]?.map(\.id) == Array(ids[4..<8].reversed()))
            #expect(
                try await page(.before(ids[2]))[peers[0]]?.map(\.id) == [ids[1], ids[0]])
            #expect(try await page(.after(UUID())).isEmpty)
            #expect(try await page(.oldest)[peers[1]]?.map(\.amount) == [2])
            #expect(try await page(.oldest)[peers[0]]?.first?.isDeposit == true)
        }
    }
}
