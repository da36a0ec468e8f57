import NIOCore
import NIOPosix

/// Runs the tasks of requests on the event loops of their connections, so that a request changes
/// threads only for the database, and the loops share the work as they share the connections.
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
