import Foundation
import Ledger
import Testing

@testable import App

@Suite struct GenerationsTests {
    @Test func `what is used stays, and no more than the capacity is kept`() {
        var seen = Generations<Int, Int>(capacity: 10)
        for number in 0..<1_000 {
            seen[number] = number
            #expect(seen[0] == 0)
            #expect(seen.count <= 10)
        }
        #expect(seen[1] == nil)
        #expect(seen[999] == 999)
        seen[999] = nil
        #expect(seen[999] == nil)
    }
}

@Suite struct AccountMemoryTests {
    @Test func `an account is remembered for its tenant alone, until it is forgotten`() {
        let memory = AccountMemory()
        let (one, other, id) = (UUID(), UUID(), UUID())
        memory.remember(AccountIdentity(id: id, kind: .peer, assetID: UUID()), of: one)
        #expect(memory.recall(id, of: one)?.kind == .peer)
        #expect(memory.recall(id, of: other) == nil)
        memory.forget(id, of: other)
        #expect(memory.recall(id, of: one)?.accountID == id)
        memory.forget(id, of: one)
        #expect(memory.recall(id, of: one) == nil)
    }
}
