import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Connections whose tasks run on their event loops: a request changes threads only for the
/// database, and the loops share the work as they share the connections.
struct LoopChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let executors: LoopExecutors

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        base.setup(channel: channel, logger: logger)
    }

    /// The whole connection rather than each request: a task that is on the loop without being its
    /// executor's goes through the loop's queue again with nearly every call.
    func handle(value: Base.Value, logger: Logger) async {
        await withTaskExecutorPreference(executors[value.channel.eventLoop]) {
            await base.handle(value: value, logger: logger)
        }
    }
}

/// The event loops of a group as executors of tasks.
struct LoopExecutors: Sendable {
    private let executors: [ObjectIdentifier: LoopExecutor]

    init(_ group: MultiThreadedEventLoopGroup) {
        var executors: [ObjectIdentifier: LoopExecutor] = [:]
        for loop in group.makeIterator() {
            executors[ObjectIdentifier(loop)] = LoopExecutor(loop)
        }
        self.executors = executors
    }

    /// The executor of one of the group's event loops; nil for any other.
    subscript(loop: any EventLoop) -> (any TaskExecutor)? {
        executors[ObjectIdentifier(loop)]
    }
}

/// One event loop as an executor of tasks.
///
/// The loop is told of the first job that waits, and those that come until it gets to that one go
/// along: a batch whose answers come at once costs it one entry, not one for each of them.
private final class LoopExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        /// What held the jobs before, for the next ones.
        var spare: [UnownedJob] = []
    }

    private let loop: any EventLoop
    private let state = Mutex(State())

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFirst = state.withLock { state in
            state.jobs.append(job)
            return state.jobs.count == 1
        }
        if isFirst { loop.execute { self.run() } }
    }

    /// Runs the jobs that are there, not those that they bring about.
    private func run() {
        var jobs: [UnownedJob] = []
        state.withLock { state in
            swap(&jobs, &state.jobs)
            swap(&state.jobs, &state.spare)
        }
        for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
        jobs.removeAll(keepingCapacity: true)
        state.withLock { swap(&jobs, &$0.spare) }
    }
}
