import Foundation
import Ledger
import Postgres
import Synchronization
import Testing

/// Until when a batch may take.
@Suite(.timeLimit(.minutes(5))) struct DeadlineTests {
    private typealias Instant = ContinuousClock.Instant

    /// What batches were given.
    private final class Seen: Sendable {
        private let deadlines = Mutex<[(operations: [Int], deadline: Instant?)]>([])
        private let begun = Mutex(0)

        var all: [(operations: [Int], deadline: Instant?)] { deadlines.withLock { $0 } }
        var begunCount: Int { begun.withLock { $0 } }

        func note(_ operations: [Int]) {
            deadlines.withLock { $0.append((operations, Pool.deadline)) }
        }

        func begin() { begun.withLock { $0 += 1 } }
    }

    @Test func `a batch may take as long as its operation, and a later one as long as its own`()
        async throws
    {
        let seen = Seen()
        let coalescer = Coalescer<Int, Int>(limit: 10, concurrency: 1) { all, _ in
            seen.note(all)
            return all.map { .success($0) }
        }
        let tenant = UUID()
        let soon = Instant.now.advanced(by: .seconds(100))
        for deadline in [soon, nil, soon.advanced(by: .seconds(5))] {
            let answer = try await Pool.$deadline.withValue(deadline) {
                try await coalescer.perform(1, tenant: tenant)
            }
            #expect(answer == 1)
        }
        #expect(seen.all.map(\.deadline) == [soon, nil, soon.advanced(by: .seconds(5))])
    }

    @Test func `operations of one batch may take as long as the last of them`() async throws {
        let seen = Seen()
        let (gate, opening) = AsyncStream<Void>.makeStream()
        let coalescer = Coalescer<Int, Int>(limit: 100, concurrency: 1) { all, _ in
            seen.note(all)
            // The first one holds the rest back, which then go together.
            if all == [0] { for await _ in gate {} }
            return all.map { .success($0) }
        }
        let tenant = UUID()
        let now = Instant.now
        await withTaskGroup(of: Void.self) { tasks in
            for number in 0..<20 {
                tasks.addTask {
                    let deadline = now.advanced(by: .seconds(100 + number))
                    await Pool.$deadline.withValue(deadline) {
                        seen.begin()
                        _ = try? await coalescer.perform(number, tenant: tenant)
                    }
                }
                while seen.all.isEmpty { await Task.yield() }
            }
            while seen.begunCount < 20 { await Task.yield() }
            opening.finish()
        }
        let batches = seen.all
        #expect(batches.flatMap(\.operations).count == 20)
        for (operations, deadline) in batches {
            let last = try #require(operations.max())
            #expect(deadline == now.advanced(by: .seconds(100 + last)))
        }
    }
}
