import CLibPQ
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One thread that waits on the sockets of all connections of a pool, and ticks. It runs tasks as
/// well: one that lives on the database's answers goes on as soon as they are in, whatever the
/// threads of requests are busy with.
final class EventLoop: TaskExecutor {
    private struct State {
        var watched: [UInt64: Connection] = [:]
        var isStarted = false
        var isStopped = false
        var jobs: [UnownedJob] = []
        /// Whether the thread waits, or is about to: it must be woken for a job.
        var isWaiting = false
    }

    private static let wakeToken = UInt64.max
    private static let eventsAtOnce = 64

    private let epoll: Int32
    private let wakeUp: Int32
    private let state = Mutex(State())

    init() throws {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard epoll >= 0, wakeUp >= 0 else {
            throw PostgresError(.connectFailed, "no descriptors left for the event loop")
        }
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u64 = Self.wakeToken
        epoll_ctl(epoll, EPOLL_CTL_ADD, wakeUp, &event)
    }

    deinit {
        close(epoll)
        close(wakeUp)
    }

    /// Starts the thread. `tick` runs on it at least as often as the duration it returns.
    func start(tick: @escaping @Sendable () -> Duration) {
        state.withLock { $0.isStarted = true }
        BlockingThread.run { self.run(tick) }
    }

    /// Ends the thread soon.
    func stop() {
        let jobs = state.withLock { state in
            state.isStopped = true
            defer { state.jobs = [] }
            return state.jobs
        }
        for job in jobs { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
        wake()
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeUp, &one, MemoryLayout<UInt64>.size)
    }

    /// Runs the next part of a task on the thread; elsewhere while there is no thread.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let (isTaken, mustWake) = state.withLock { state in
            guard state.isStarted, !state.isStopped else { return (false, false) }
            state.jobs.append(job)
            defer { state.isWaiting = false }
            return (true, state.isWaiting)
        }
        if mustWake { wake() }
        if !isTaken { globalConcurrentExecutor.enqueue(ExecutorJob(job)) }
    }

    /// Watches a connection's socket for input from now on.
    /// - Returns: whether the kernel takes it.
    func add(_ connection: Connection, descriptor: Int32) -> Bool {
        state.withLock { $0.watched[UInt64(connection.id)] = connection }
        if control(EPOLL_CTL_ADD, connection.id, descriptor, writes: false) { return true }
        state.withLock { _ = $0.watched.removeValue(forKey: UInt64(connection.id)) }
        return false
    }

    /// Says whether to watch for room to write as well.
    func watchWrites(_ isOn: Bool, id: Int, descriptor: Int32) {
        _ = control(EPOLL_CTL_MOD, id, descriptor, writes: isOn)
    }

    /// Stops watching, before the socket is closed.
    func remove(id: Int, descriptor: Int32) {
        state.withLock { _ = $0.watched.removeValue(forKey: UInt64(id)) }
        epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
    }

    private func control(
        _ operation: Int32, _ id: Int, _ descriptor: Int32, writes: Bool
    ) -> Bool {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | EPOLLRDHUP.rawValue | (writes ? EPOLLOUT.rawValue : 0)
        event.data.u64 = UInt64(id)
        return epoll_ctl(epoll, operation, descriptor, &event) == 0
    }

    private func run(_ tick: @Sendable () -> Duration) {
        var events = [epoll_event](repeating: epoll_event(), count: Self.eventsAtOnce)
        let clock = ContinuousClock()
        var nextTick = clock.now
        while !state.withLock({ $0.isStopped }) {
            let now = clock.now
            if now >= nextTick { nextTick = now.advanced(by: tick()) }
            let hasJobs = runJobs()
            let pause = hasJobs ? 0 : max(1, clock.now.duration(to: nextTick).milliseconds)
            let wait = Int32(clamping: pause)
            let count = epoll_wait(epoll, &events, Int32(Self.eventsAtOnce), wait)
            state.withLock { $0.isWaiting = false }
            for index in 0..<max(0, Int(count)) {
                handle(token: events[index].data.u64, events: events[index].events)
            }
        }
    }

    /// Runs the jobs that are there, not those that they bring about.
    /// - Returns: whether there are more; if not, the next one wakes the thread.
    private func runJobs() -> Bool {
        let jobs = state.withLock { state in
            defer { state.jobs = [] }
            return state.jobs
        }
        for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
        return state.withLock { state in
            state.isWaiting = state.jobs.isEmpty
            return !state.isWaiting
        }
    }

    private func handle(token: UInt64, events: UInt32) {
        if token == Self.wakeToken {
            var count: UInt64 = 0
            _ = read(wakeUp, &count, MemoryLayout<UInt64>.size)
            return
        }
        let connection = state.withLock { $0.watched[token] }
        connection?.ready(canWrite: events & EPOLLOUT.rawValue != 0)
    }
}
