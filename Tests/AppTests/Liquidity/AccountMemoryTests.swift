import Foundation
import Ledger
import Testing

@testable import App

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
