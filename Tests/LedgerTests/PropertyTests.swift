import Foundation
import Ledger
import Postgres
import TestSupport
import Testing

/// Random sequences of operations beside a model of the ledger. `HAZINA_SEEDS=500` tries as many;
/// `HAZINA_SEED=7` tries that one alone.
@Suite struct PropertyTests {
    static let seeds: [UInt64] = {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["HAZINA_SEED"].flatMap(UInt64.init) { return [seed] }
        return Array(1...(environment["HAZINA_SEEDS"].flatMap(UInt64.init) ?? 6))
    }()

    /// Accounts to try: of two assets, and one that nobody knows.
    private func accounts(
        _ fixture: LedgerFixture, _ model: inout LedgerModel, _ random: inout SeededRandom
    ) async throws -> [UUID] {
        var accounts = [fixture.euro, fixture.dollar, random.uuid()]
        for asset in [fixture.euro, fixture.dollar] {
            model.openAsset(asset)
            let peers = try await fixture.openPeers(asset == fixture.euro ? 4 : 2, asset: asset)
            for peer in peers { model.openPeer(peer, asset: asset) }
            accounts += peers
        }
        return accounts
    }

    @Test(arguments: seeds)
    func `whatever is asked in whatever order is answered as the model does`(_ seed: UInt64)
        async throws
    {
        try await LedgerFixture.with { fixture in
            var random = SeededRandom(seed: seed)
            var model = LedgerModel()
            let accounts = try await accounts(fixture, &model, &random)
            var source = RandomOperations(
                random: random, accounts: accounts, timeouts: [nil, 0, 3600], ids: [])
            for step in 0..<250 {
                let isRight = try await self.step(fixture, &model, &source, accounts)
                guard isRight else {
                    Issue.record("seed \(seed), step \(step)")
                    return
                }
            }
            try await compare(fixture, model, "seed \(seed)")
        }
    }

    /// One step of a sequence.
    /// - Returns: whether the ledger answered as the model.
    private func step(
        _ fixture: LedgerFixture, _ model: inout LedgerModel, _ source: inout RandomOperations,
        _ accounts: [UUID]
    ) async throws -> Bool {
        switch Int.random(in: 0..<100, using: &source.random) {
        case 0..<3:
            let expired = try await fixture.ledger.expire(limit: 1000)
            let expected = model.expireAllThatIsDue()
            #expect(expired == expected)
            return expired == expected
        case 3..<5:
            let account = accounts.randomElement(using: &source.random) ?? fixture.euro
            guard model.accounts[account]?.kind == .peer else { return true }
            let isClosed = try await fixture.transaction { transaction in
                try await fixture.ledger.closeAccount(account, in: transaction)
            }
            let expected = model.close(account)
            #expect(isClosed == expected)
            return isClosed == expected
        case 5..<20:
            let count = Int.random(in: 2...12, using: &source.random)
            let operations = (0..<count).map { _ in source.next() }
            let answers = try await fixture.transaction { transaction in
                try await fixture.ledger.apply(operations, in: transaction)
            }
            let expected = operations.map { model.perform($0) }
            #expect(answers == expected, "\(operations)")
            return answers == expected
        default:
            let operation = source.next()
            let answer = await Outcome.of(operation, fixture.ledger)
            let expected = Outcome(operation: operation, answer: model.perform(operation))
            #expect(answer.answer == expected.answer, "\(operation)")
            return answer.answer == expected.answer
        }
    }

    /// Compares balances, transfers and histories, and audits.
    private func compare(
        _ fixture: LedgerFixture, _ model: LedgerModel, _ comment: Comment
    ) async throws {
        let named = model.accounts.filter { $0.value.kind != nil }
        let balances = try await fixture.ledger.balances(
            of: Array(named.keys), tenant: LedgerFixture.tenant)
        for (id, account) in named {
            let balance = balances[id]
            #expect((balance == nil) == account.isClosed, comment)
            guard let balance else { continue }
            #expect(Int128(balance.available) == account.available, comment)
            #expect(balance.totalSent == "\(account.debitsPosted)", comment)
            #expect(balance.totalReceived == "\(account.creditsPosted)", comment)
            let expected = model.order.filter { transfer in
                model.transfers[transfer].map { $0.debit == id || $0.credit == id } ?? false
            }
            let history = try await history(fixture, id)
            #expect(history.map(\.id) == expected, comment)
            for transfer in history {
                let entry = model.transfers[transfer.id]
                #expect(transfer.state == entry?.state, comment)
                #expect(transfer.amount == entry?.amount, comment)
            }
        }
        let report = try await LedgerAudit(pool: fixture.pool).report(on: LedgerFixture.tenant)
        #expect(report.findings.isEmpty, comment)
        #expect(report.transfers == model.transfers.count, comment)
    }

    /// All of an account's transfers, page by page.
    private func history(_ fixture: LedgerFixture, _ id: UUID) async throws -> [RecordedTransfer] {
        var history: [RecordedTransfer] = []
        while true {
            let start = history.last.map { HistoryRequest.Start.after($0.id) } ?? .oldest
            let page = try await fixture.ledger.transfers(
                of: [id], HistoryRequest(start, limit: 20), tenant: LedgerFixture.tenant)[id]
            guard let page, !page.isEmpty else { return history }
            history += page
        }
    }

    @Test func `the sequences come by every answer there is`() {
        var reasons: Set<LedgerError.Reason> = []
        var successes = 0
        for seed in 1...6 {
            var random = SeededRandom(seed: UInt64(seed))
            var model = LedgerModel()
            let accounts = (0..<9).map { _ in random.uuid() }
            for asset in accounts[0..<2] { model.openAsset(asset) }
            for (number, peer) in accounts[2..<8].enumerated() {
                model.openPeer(peer, asset: accounts[number % 2])
            }
            var source = RandomOperations(
                random: random, accounts: accounts, timeouts: [nil, 0, 3600], ids: [])
            for _ in 0..<250 {
                switch model.perform(source.next()) {
                case .success: successes += 1
                case .failure(let error): reasons.insert(error.reason)
                }
            }
        }
        let expected: Set<LedgerError.Reason> = [
            .debitAccountUnknown, .creditAccountUnknown, .sameAccount, .differentAssets,
            .amountZero, .exists, .insufficientBalance, .balanceTooLarge, .transferUnknown,
            .alreadyPosted, .alreadyVoided, .notDue,
        ]
        #expect(reasons == expected)
        #expect(successes > 400)
    }

    @Test(arguments: seeds)
    func `many at once, from several processes, are done once each and lose nothing`(
        _ seed: UInt64
    ) async throws {
        try await LedgerFixture.with { fixture in
            var random = SeededRandom(seed: seed &* 1_000_003)
            var model = LedgerModel()
            let accounts = try await accounts(fixture, &model, &random)
            // Ids that all callers know, so that they race for them, and for what is pending.
            let shared = (0..<20).map { _ in random.uuid() }
            let (holds, made) = try await makeHolds(fixture, of: accounts[3], &random)
            let pools = [
                try await fixture.database.pool(size: 1), try await fixture.database.pool(size: 2),
            ]
            let ledgers = [fixture.ledger] + pools.map { LedgerFixture.ledger($0) }
            let outcomes = await withTaskGroup(of: [Outcome].self) { group in
                for caller in 0..<12 {
                    var source = RandomOperations(
                        random: SeededRandom(seed: random.next()), accounts: accounts,
                        timeouts: [nil, 3600], ids: shared, pending: holds)
                    let ledger = ledgers[caller % ledgers.count]
                    group.addTask {
                        var outcomes: [Outcome] = []
                        for _ in 0..<40 {
                            outcomes.append(await Outcome.of(source.next(), ledger))
                        }
                        return outcomes
                    }
                }
                return await group.reduce(into: []) { $0 += $1 }
            }
            for pool in pools { await pool.shutdown() }
            try await Reckoning(made + outcomes).check(fixture, accounts, "seed \(seed)")
        }
    }

    /// Pending transfers out of an account.
    /// - Returns: their ids, and what was done for them.
    private func makeHolds(
        _ fixture: LedgerFixture, of account: UUID, _ random: inout SeededRandom
    ) async throws -> ([UUID], [Outcome]) {
        let holds = (0..<15).map { _ in random.uuid() }
        let deposit = Transfer.deposit(id: random.uuid(), to: account, kind: .peer, amount: 15)
        let operations =
            [LedgerOperation.transfer([deposit])]
            + holds.map { hold in
                .transfer([
                    .withdrawal(
                        id: hold, from: account, kind: .peer, amount: 1,
                        phase: .pending(seconds: nil))
                ])
            }
        var outcomes: [Outcome] = []
        for operation in operations {
            outcomes.append(await Outcome.of(operation, fixture.ledger))
        }
        return (holds, outcomes)
    }
}
