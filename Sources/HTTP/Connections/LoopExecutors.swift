import HummingbirdCore
import Logging
import NIOCore
import NIOPosix

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
private final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
