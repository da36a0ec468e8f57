import Foundation
import Logging
import TestSupport
import Testing

@testable import Ledger
@testable import Postgres

/// Operations that are carried out only if something holds.
@Suite struct ConditionTests {
    private static let holds = LedgerCondition("select 1", failingWith: "HZ401")
    /// A key that the tenant does not have.
    private static let fails = LedgerCondition(
        "select hazina.confirm_tenant_key('00000000-0000-4000-8000-00000000dead', null)",
        failingWith: "HZ401")

    private func deposit(_ amount: UInt64, to peer: UUID, id: UUID = UUID()) -> LedgerOperation {
        .transfer([.deposit(id: id, to: peer, kind: .peer, amount: amount)])
    }

    @Test func `one that does not hold stops its own operations alone`() async throws {
        try await LedgerFixture.with { fixture in
            let peer = try await fixture.openPeers(1)[0]
            let conditions = [Self.holds, Self.fails, nil]
            let failed = await withTaskGroup(of: Int?.self) { group in
                for number in 0..<90 {
                    group.addTask {
                        do {
                            _ = try await fixture.ledger.perform(
                                deposit(1, to: peer), tenant: LedgerFixture.tenant,
                                if: conditions[number % 3])
                            return nil
                        } catch {
                            #expect(Self.fails.isReason(for: error))
                            return number
                        }
                    }
                }
                return await group.reduce(into: []) { $0 += [$1].compactMap { $0 } }
            }
            #expect(failed.count == 30)
            #expect(failed.allSatisfy { $0 % 3 == 1 })
            #expect(try await fixture.available(peer) == 60)
        }
    }

    @Test func `it counts as well where the outcome of a lost commit is looked for`() async throws {
        try await LedgerFixture.with { fixture in
            let peer = try await fixture.openPeers(1)[0]
            let done = UUID()
            try await fixture.deposit(5, to: peer, id: done)
            let runner = BatchRunner(
                pool: fixture.pool, settings: { LedgerFixture.settings($0) },
                logger: TestSupport.logger)
            let unknown = PostgresError(.commitUnknown, "the line is dead")
            let results = await runner.settle(
                [
                    LedgerRequest(
                        operation: deposit(5, to: peer, id: done), condition: Self.fails),
                    LedgerRequest(operation: deposit(7, to: peer), condition: Self.fails),
                    LedgerRequest(operation: deposit(11, to: peer), condition: Self.holds),
                    LedgerRequest(operation: deposit(13, to: peer), condition: nil),
                ], tenant: LedgerFixture.tenant, since: .now, unknown)
            #expect(try results[0].get() == 5)
            #expect(throws: PostgresError.self) { try results[1].get() }
            if case .failure(let error) = results[1] {
                #expect((error as? PostgresError)?.kind == .commitUnknown)
            }
            #expect(try results[2].get() == 11)
            #expect(try results[3].get() == 13)
            #expect(try await fixture.available(peer) == 29)
        }
    }
}
