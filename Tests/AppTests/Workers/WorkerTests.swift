import Logging
import Synchronization
import TestSupport
import Testing

@testable import App

@Suite struct WorkerTests {
    /// What the passes of a worker were made for, and when.
    private final class Passes: Sendable {
        private let made = Mutex<[(occasion: Worker.Occasion, time: ContinuousClock.Instant)]>([])

        var occasions: [Worker.Occasion] { made.withLock { $0.map(\.occasion) } }
        var times: [ContinuousClock.Instant] { made.withLock { $0.map(\.time) } }

        /// - Returns: how many there were before.
        func note(_ occasion: Worker.Occasion) -> Int {
            made.withLock { made in
                made.append((occasion, .now))
                return made.count - 1
            }
        }

        func wait(for count: Int) async -> Bool {
            for _ in 0..<1000 where occasions.count < count {
                try? await Task.sleep(for: .milliseconds(5))
            }
            return occasions.count >= count
        }
    }

    private struct Fault: Error {}

    private func run(_ worker: Worker, _ body: () async -> Void) async {
        let task = Task { await worker.run() }
        await body()
        worker.stop()
        await task.value
    }

    @Test func `a worker looks at once, goes on while there is more, and then when woken`() async {
        let passes = Passes()
        let worker = Worker("test", every: .seconds(600), logger: TestSupport.logger) {
            passes.note($0) < 2 ? .more : .nothing
        }
        await run(worker) {
            #expect(await passes.wait(for: 3))
            worker.signal.wake()
            #expect(await passes.wait(for: 4))
            try? await Task.sleep(for: .milliseconds(50))
        }
        #expect(passes.occasions == [.woken, .woken, .woken, .woken])
    }

    @Test func `a worker that is not woken polls`() async {
        let passes = Passes()
        let worker = Worker("test", every: .milliseconds(20), logger: TestSupport.logger) {
            _ = passes.note($0)
            return .nothing
        }
        await run(worker) { #expect(await passes.wait(for: 4)) }
        #expect(passes.occasions.prefix(4) == [.woken, .poll, .poll, .poll])
    }

    @Test func `after failures a worker waits ever longer, even if it is woken`() async {
        let passes = Passes()
        let worker = Worker("test", every: .milliseconds(40), logger: TestSupport.logger) {
            if passes.note($0) < 4 { throw Fault() }
            return .nothing
        }
        await run(worker) {
            for _ in 0..<100 where passes.occasions.count < 5 {
                worker.signal.wake()
                try? await Task.sleep(for: .milliseconds(10))
            }
            #expect(await passes.wait(for: 5))
        }
        let times = passes.times
        for (number, wait) in [30, 60, 120, 240].enumerated() {
            #expect(times[number + 1] - times[number] >= .milliseconds(wait))
        }
    }

    @Test func `stopping lets the pass end, makes no other, and waits for what it began`() async {
        let passes = Passes()
        let ended = Mutex<[String]>([])
        let worker = Worker(
            "test", every: .seconds(600), logger: TestSupport.logger,
            pass: { occasion in
                _ = passes.note(occasion)
                try? await Task.sleep(for: .milliseconds(100))
                ended.withLock { $0.append("pass") }
                return .more
            }, finish: { ended.withLock { $0.append("finish") } })
        await run(worker) { #expect(await passes.wait(for: 1)) }
        #expect(passes.occasions.count == 1)
        #expect(ended.withLock { $0 } == ["pass", "finish"])
    }

    @Test func `a signal given before somebody waits is not lost, and counts once`() async {
        let signal = WakeSignal()
        signal.wake()
        signal.wake()
        #expect(await signal.wait(atMost: .seconds(60)))
        #expect(await !signal.wait(atMost: .milliseconds(10)))
        let waiting = Task { await signal.wait(atMost: .seconds(60)) }
        waiting.cancel()
        #expect(await !waiting.value)
    }
}
