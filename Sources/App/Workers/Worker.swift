package import Logging
import Synchronization

/// Work that comes by itself: looked for when this process knows of some, and every now and then.
///
/// Any number of processes may run the same worker on one database; a pass claims what it does.
package final class Worker: Sendable {
    /// Why a pass is made.
    package enum Occasion: Sendable, Equatable {
        /// This process knows of something to do, or has just begun.
        case woken
        /// Time has passed; another process may have left something to do.
        case poll
    }

    /// What a pass has found.
    package enum Finding: Sendable, Equatable {
        /// There is more: the next pass follows at once.
        case more
        /// Nothing is left for now.
        case nothing
    }

    package let name: String
    package let signal: WakeSignal
    private let pause: Duration
    private let logger: Logger
    private let pass: @Sendable (Occasion) async throws -> Finding
    private let finish: @Sendable () async -> Void
    private let isStopping = Mutex(false)

    /// The longest wait after passes that failed, and while the database is away.
    private static let longestPause = Duration.seconds(30)
    private static let outagePause = Duration.milliseconds(500)

    /// - Parameters:
    ///   - name: in log entries, as a noun phrase: "webhook delivery".
    ///   - signal: wakes it.
    ///   - pause: between polls, spread at random by a quarter, so that processes do not ask at the
    ///     same time.
    ///   - pass: looks for work and does it, or begins it. Must end in a bounded time, since
    ///     `stop` waits for it.
    ///   - finish: waits for what passes have begun, once there is no further pass.
    package init(
        _ name: String, signal: WakeSignal = WakeSignal(), every pause: Duration, logger: Logger,
        pass: @escaping @Sendable (Occasion) async throws -> Finding,
        finish: @escaping @Sendable () async -> Void = {}
    ) {
        self.name = name
        self.signal = signal
        self.pause = pause
        self.logger = logger
        self.pass = pass
        self.finish = finish
    }

    /// Works until `stop`, or until the task is cancelled, which also gives up what is under way.
    package func run() async {
        var occasion = Occasion.woken
        var failures = 0
        var isOutage = false
        while !isOver {
            do {
                if try await pass(occasion) == .more {
                    failures = 0
                    occasion = .woken
                    continue
                }
                failures = 0
            } catch {
                // Once an outage: requests tell of it too.
                if failures == 0, !Task.isCancelled {
                    logger.warning(
                        "A worker failed, trying again",
                        metadata: ["worker": "\(name)", "error": "\(error)"])
                }
                failures += 1
                isOutage = isUnavailability(error)
            }
            if isOver { break }
            occasion = await rest(failures, isOutage: isOutage) ? .woken : .poll
        }
        await finish()
    }

    /// Lets the pass that is under way end, and makes no other.
    package func stop() {
        isStopping.withLock { $0 = true }
        signal.wake()
    }

    private var isOver: Bool { Task.isCancelled || isStopping.withLock { $0 } }

    /// - Returns: whether the worker was woken.
    private func rest(_ failures: Int, isOutage: Bool) async -> Bool {
        let pause = pause * Double.random(in: 0.75...1.25)
        guard failures > 0 else { return await signal.wait(atMost: pause) }
        // Being woken does not make the database come back: wait all the same, but for `stop`.
        let longest = isOutage ? Self.outagePause : Self.longestPause
        let end = ContinuousClock.now + min(pause * (1 << min(failures - 1, 8)), longest)
        var wasWoken = false
        while !isOver, ContinuousClock.now < end {
            wasWoken = await signal.wait(atMost: end - .now) || wasWoken
        }
        return wasWoken
    }
}
