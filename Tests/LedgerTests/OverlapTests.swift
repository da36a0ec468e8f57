import Foundation
import Synchronization
import Testing

@testable import Ledger

/// Batches of one tenant that begin while the one before is under way.
@Suite(.timeLimit(.minutes(2))) struct OverlapTests {
    /// Counts batches while they last.
    private final class Watch: Sendable {
        private let state = Mutex((now: 0, most: 0, begun: [UUID](), isOver: false))

        var isOver: Bool { state.withLock { $0.isOver } }
        func end() { state.withLock { $0.isOver = true } }

        var most: Int { state.withLock { $0.most } }

        func begun(_ tenant: UUID) -> Int {
            state.withLock { $0.begun.count { $0 == tenant } }
        }

        func last(_ tenant: UUID) async {
            state.withLock { state in
                state.now += 1
                state.most = max(state.most, state.now)
                state.begun.append(tenant)
            }
            try? await Task.sleep(for: .milliseconds(2))
            state.withLock { $0.now -= 1 }
        }
    }

    private func coalescer(_ watch: Watch, overlaps: Bool) -> Coalescer<Int, Int> {
        Coalescer(limit: 100, concurrency: 1, overlaps: overlaps) { all, tenant in
            await watch.last(tenant)
            return all.map { .success($0 * 3) }
        }
    }

    /// Has callers that come again as soon as they are answered, until `isDone`.
    private func load(
        _ coalescer: Coalescer<Int, Int>, _ tenant: UUID, rounds: Int,
        until isDone: @escaping @Sendable () -> Bool
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { callers in
            for caller in 0..<8 {
                callers.addTask {
                    for round in 0..<rounds {
                        if isDone() { break }
                        let number = round * 8 + caller
                        let answer = try await coalescer.perform(number, tenant: tenant)
                        #expect(answer == number * 3)
                    }
                }
            }
            try await callers.waitForAll()
        }
    }

    @Test func `as many as ever are all that is waited for`() {
        var attendance = Attendance()
        #expect(!attendance.isFull(1000))
        for count in 1...16 { attendance.note(count == 5 ? 10 : 3) }
        #expect(!attendance.isFull(9))
        #expect(attendance.isFull(10))
        for _ in 0..<15 { attendance.note(4) }
        #expect(!attendance.isFull(9))
        attendance.note(4)
        #expect(attendance.isFull(4))
        #expect(!attendance.isFull(3))
        attendance.note(6)
        #expect(!attendance.isFull(5))
    }

    @Test func `the next batch begins when all callers are there, and no third one`()
        async throws
    {
        let watch = Watch()
        try await load(coalescer(watch, overlaps: true), UUID(), rounds: 3000) {
            watch.most >= 2
        }
        try await load(coalescer(watch, overlaps: true), UUID(), rounds: 100) { false }
        #expect(watch.most == 2)
    }

    @Test func `batches that may not overlap do not`() async throws {
        let watch = Watch()
        try await load(coalescer(watch, overlaps: false), UUID(), rounds: 60) { false }
        #expect(watch.most == 1)
    }

    @Test func `batches that follow each other leave other tenants their turns`() async throws {
        let watch = Watch()
        let coalescer = coalescer(watch, overlaps: true)
        let busy = UUID()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                try await load(coalescer, busy, rounds: 100_000) { watch.isOver }
            }
            while watch.begun(busy) < 40 { try await Task.sleep(for: .milliseconds(5)) }
            for number in 0..<20 {
                let quiet = UUID()
                let before = watch.begun(busy)
                #expect(try await coalescer.perform(number, tenant: quiet) == number * 3)
                // The two under way, and what begins while this task is told.
                #expect(watch.begun(busy) - before < 20)
            }
            watch.end()
            try await tasks.waitForAll()
        }
    }
}
