import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HTTP

@Suite struct LoopExecutorsTests {
    private final class Notes<Note: Sendable>: Sendable {
        private let storage = Mutex<[Note]>([])

        var all: [Note] { storage.withLock { $0 } }

        func add(_ note: Note) { storage.withLock { $0.append(note) } }
    }

    private let executors = LoopExecutors(.singleton)

    @Test func `tasks from everywhere run on the loop, with all they bring about`() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let executor = try #require(executors[loop])
        let steps = Notes<Bool>()
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<500 {
                tasks.addTask {
                    await Task(executorPreference: executor) {
                        for _ in 0..<3 {
                            steps.add(loop.inEventLoop)
                            await Task.yield()
                        }
                    }.value
                }
            }
        }
        #expect(steps.all.count == 1500)
        #expect(!steps.all.contains(false))
    }

    @Test func `jobs that wait for a busy loop run in the order in which they came`() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let executor = try #require(executors[loop])
        let order = Notes<Int>()
        let tasks = try await loop.submit {
            // The loop is busy with this: none of them runs before all of them wait.
            (0..<100).map { number in
                Task(executorPreference: executor) { order.add(number) }
            }
        }.get()
        for task in tasks { await task.value }
        #expect(order.all == Array(0..<100))
    }

    @Test func `loops of other groups have none`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        #expect(executors[group.next()] == nil)
        try await group.shutdownGracefully()
    }
}
