import Foundation
import Ledger
import Postgres
import TestSupport
import Testing

/// What the ledger answered to an operation.
struct Outcome: Sendable {
    let operation: LedgerOperation
    let answer: Result<UInt64, LedgerError>

    /// Performs the operation; what is neither done nor refused is an issue of the test.
    static func of(_ operation: LedgerOperation, _ ledger: Ledger) async -> Outcome {
        do {
            let amount = try await ledger.perform(operation, tenant: LedgerFixture.tenant)
            return Outcome(operation: operation, answer: .success(amount))
        } catch let error as LedgerError {
            return Outcome(operation: operation, answer: .failure(error))
        } catch {
            Issue.record(error)
            return Outcome(operation: operation, answer: .failure(LedgerError(.notDue)))
        }
    }
}

/// What must be in the ledger after operations that ran at the same time, in whatever order that was.
struct Reckoning {
    private var made: [UUID: Transfer] = [:]
    private var heads: [UUID: UUID] = [:]
    private var resolved: [UUID: LedgerOperation.Resolution] = [:]
    private var refused: [(id: UUID, reason: LedgerError.Reason)] = []

    init(_ outcomes: [Outcome]) {
        for outcome in outcomes {
            switch (outcome.operation, outcome.answer) {
            case (.transfer(let legs), .success):
                for leg in legs {
                    #expect(made[leg.id] == nil, "\(leg.id) was made twice")
                    made[leg.id] = leg
                    heads[leg.id] = legs[0].id
                }
            case (.resolve(let id, let resolution), .success):
                #expect(resolved[id] == nil, "\(id) was resolved twice")
                resolved[id] = resolution
            case (.transfer(let legs), .failure(let error)):
                refused.append((legs[error.leg].id, error.reason))
            case (.resolve(let id, _), .failure(let error)):
                refused.append((id, error.reason))
            }
        }
    }

    func check(_ fixture: LedgerFixture, _ accounts: [UUID], _ comment: Comment) async throws {
        #expect(!made.isEmpty && !resolved.isEmpty && !refused.isEmpty, comment)
        var available: [UUID: Int128] = [:]
        for (id, leg) in made {
            let found = try await fixture.ledger.transfer(id, tenant: LedgerFixture.tenant)
            let transfer = try #require(found, comment)
            #expect((leg.debit == nil) == transfer.isDeposit, comment)
            #expect((leg.credit == nil) == transfer.isWithdrawal, comment)
            #expect(leg.debit ?? transfer.debit == transfer.debit, comment)
            #expect(leg.credit ?? transfer.credit == transfer.credit, comment)
            #expect(leg.amount ?? transfer.amount == transfer.amount, comment)
            let state = state(of: leg)
            #expect(transfer.state == state, comment)
            let amount = Int128(transfer.amount)
            if state != .voided { available[transfer.debit, default: 0] -= amount }
            if state == .posted { available[transfer.credit, default: 0] += amount }
        }
        for (id, reason) in refused { check(id, reason, comment) }
        let balances = try await fixture.ledger.balances(
            of: accounts, tenant: LedgerFixture.tenant)
        for (id, balance) in balances {
            #expect(Int128(balance.available) == available[id, default: 0], comment)
        }
        let report = try await LedgerAudit(pool: fixture.pool).report(on: LedgerFixture.tenant)
        #expect(report.findings.isEmpty, comment)
        #expect(report.transfers == made.count, comment)
    }

    private func state(of leg: Transfer) -> RecordedTransfer.State {
        if leg.phase == .single { return .posted }
        switch resolved[heads[leg.id] ?? leg.id] {
        case .post: return .posted
        case .void: return .voided
        case .expire: return .expired
        case nil: return .pending
        }
    }

    /// A refusal that names what is there must be true.
    private func check(_ id: UUID, _ reason: LedgerError.Reason, _ comment: Comment) {
        switch reason {
        case .exists: #expect(made[id] != nil, comment)
        case .alreadyPosted: #expect(made[id].map(state) == .posted, comment)
        case .alreadyVoided: #expect(resolved[id] == .void, comment)
        default: break
        }
    }
}
