import Foundation
import Postgres
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Tasks on the thread that receives the database's answers.
@Suite(.timeLimit(.minutes(1))) struct ExecutorTests {
    private static func thread() -> UInt { UInt(pthread_self()) }

    @Test func `a task goes on where answers arrive`() async throws {
        try await TestServer.withPool(size: 1) { pool in
            let task = Task(executorPreference: pool.executor) {
                var threads = [Self.thread()]
                for _ in 0..<20 {
                    _ = try await pool.read("select 1")
                    threads.append(Self.thread())
                    try await Task.sleep(for: .microseconds(10))
                    threads.append(Self.thread())
                    await Task.yield()
                    threads.append(Self.thread())
                }
                return threads
            }
            let threads = try await task.value
            #expect(Set(threads).count == 1)
        }
    }

    @Test func `many tasks that wake each other all come to their end`() async throws {
        try await TestServer.withPool(size: 2) { pool in
            let sum = await withTaskGroup(of: Int.self) { group in
                for number in 0..<200 {
                    group.addTask(executorPreference: number % 2 == 0 ? pool.executor : nil) {
                        for _ in 0..<20 { await Task.yield() }
                        return (try? await pool.read("select \(number)::int as n").first)
                            .flatMap { try? $0.decode("n", as: Int.self) } ?? 0
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(sum == 199 * 100)
        }
    }

    @Test func `without a thread tasks run elsewhere`() async throws {
        let pool = Pool(
            PoolConfiguration(url: try TestServer.url(), size: 1), logger: TestServer.logger)
        let before: Task<Int, Never> = Task(executorPreference: pool.executor) { 1 }
        #expect(await before.value == 1)
        try await pool.start()
        let (reading, hasRead) = AsyncStream<Void>.makeStream()
        let task = Task(executorPreference: pool.executor) {
            _ = try await pool.read("select 1")
            hasRead.finish()
            while !Task.isCancelled { await Task.yield() }
            return 2
        }
        for await _ in reading {}
        await pool.shutdown()
        task.cancel()
        #expect(try await task.value == 2)
        let after: Task<Int, Never> = Task(executorPreference: pool.executor) { 3 }
        #expect(await after.value == 3)
    }
}

/// Every part of a task has to wait for a while, as on a machine that is busy with something else.
private final class SlowExecutor: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        Task.detached {
            try? await Task.sleep(for: .milliseconds(500))
            job.runSynchronously(on: self.asUnownedTaskExecutor())
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct HeldUpReadTests {
    @Test func `a read does not time out while a connection is idle`() async throws {
        let change = { (configuration: inout PoolConfiguration) in
            configuration.acquireTimeout = .milliseconds(200)
        }
        try await TestServer.withPool(size: 1, change) { pool in
            let read = Task(executorPreference: SlowExecutor()) {
                try await pool.read("select 7 as n").first?.decode("n", as: Int.self)
            }
            let answer = try await read.value
            #expect(answer == 7)
        }
    }
}
