import Foundation
import Ledger
import Synchronization
import Testing

/// Whose batches are under way.
@Suite(.timeLimit(.minutes(5))) struct TurnTests {
    /// Batches that do not end before they are told to.
    private final class Held: Sendable {
        private let state = Mutex<(isOpen: Bool, begun: [UUID], most: Int)>((false, [], 0))

        /// The tenants of batches that were begun, in order.
        var begun: [UUID] { state.withLock { $0.begun } }

        func open() { state.withLock { $0.isOpen = true } }

        func pass(_ tenant: UUID) async {
            state.withLock { $0.begun.append(tenant) }
            while !state.withLock({ $0.isOpen }) {
                try? await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    @Test func `tenants whose batches take long hold up no other`() async throws {
        let held = Held()
        let slow = (0..<3).map { _ in UUID() }
        let coalescer = Coalescer<Int, Int>(limit: 10, concurrency: 2) { all, tenant in
            if slow.contains(tenant) { await held.pass(tenant) }
            return all.map { .success($0) }
        }
        try await withThrowingTaskGroup(of: Int.self) { tasks in
            for number in 0..<30 {
                tasks.addTask { try await coalescer.perform(number, tenant: slow[number % 3]) }
            }
            // They wait for a place at first, and have none when they do not take long.
            for number in 0..<20 {
                let answer = try await coalescer.perform(number, tenant: UUID())
                #expect(answer == number)
            }
            while held.begun.count < 3 { try await Task.sleep(for: .milliseconds(5)) }
            // Of each tenant one is under way, however long that takes.
            #expect(Set(held.begun) == Set(slow))
            #expect(held.begun.count == 3)
            held.open()
            let answers = try await tasks.reduce(into: []) { $0.append($1) }
            #expect(answers.sorted() == Array(0..<30))
        }
        // And there is as much room as before.
        #expect(try await coalescer.perform(7, tenant: slow[0]) == 7)
    }
}
