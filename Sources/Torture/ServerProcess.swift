import Foundation
import Synchronization

/// The real `hazina serve` or `hazina work`, to be killed and started again.
final class ServerProcess: Sendable {
    /// How it is started; what is changed holds from its next start on.
    struct Manner: Sendable {
        var executable: String
        /// The port of `serve`.
        var port: Int
        var databaseURL: String
        /// How many seconds its clock is ahead.
        var clockOffset = 0
        /// Whether it may prepare statements.
        var prepares = true
    }

    static let operatorKey = UUID().uuidString + UUID().uuidString

    private struct State {
        var manner: Manner
        var process: ChildProcess?
        /// Whether its end is our doing.
        var isToEnd = false
        var crashes: [Int32] = []
    }

    private let command: String
    private let cluster: Cluster
    private let log: String
    private let state: Mutex<State>

    init(_ command: String, log: String, cluster: Cluster, _ manner: Manner) {
        self.command = command
        self.log = log
        self.cluster = cluster
        state = Mutex(State(manner: manner))
    }

    var manner: Manner { state.withLock { $0.manner } }
    /// How it ended when nobody had told it to.
    var crashes: [Int32] { state.withLock { $0.crashes } }

    func change(_ change: @Sendable (inout Manner) -> Void) {
        state.withLock { change(&$0.manner) }
    }

    private var environment: [String: String] {
        let manner = manner
        var environment = Node.environment
        environment["DATABASE_URL"] = manner.databaseURL
        environment["HAZINA_MIGRATE_URL"] = cluster.adminURL
        environment["HAZINA_HTTP_PORT"] = "\(manner.port)"
        environment["HAZINA_OPERATOR_KEY"] = Self.operatorKey
        environment["HAZINA_PRICES"] = #"{"USD": 1, "EUR": 1.25}"#
        environment["HAZINA_PAYMENT_RETRY_SECONDS"] = "1"
        environment["HAZINA_PREPARED_STATEMENTS"] = "\(manner.prepares)"
        if manner.clockOffset != 0 {
            environment["LD_PRELOAD"] = FakeClock.library(in: cluster.folder)
            environment["TORTURE_CLOCK"] = "\(manner.clockOffset)"
        }
        return environment
    }

    /// Runs another of its commands to its end.
    /// - Throws: `TortureError` unless it ends with 0.
    func run(_ command: String, executable: String? = nil, log: String? = nil) async throws {
        try await ChildProcess.run(
            [executable ?? manner.executable, command], environment: environment,
            log: log ?? self.log)
    }

    func start() async throws {
        let child = try await ChildProcess.start(
            [manner.executable, command], environment: environment, log: log)
        state.withLock { state in
            state.process = child
            state.isToEnd = false
        }
    }

    /// Starts it again if it has ended, as a supervisor does: it may have found no database.
    func startIfNeeded() async throws {
        guard let child = state.withLock({ $0.process }), child.hasEnded else { return }
        let status = await child.end()
        state.withLock { state in
            // A signal that nobody sent is a crash.
            if !state.isToEnd, status >= 128 { state.crashes.append(status) }
        }
        try await start()
    }

    func killAndWait() async {
        await end(SIGKILL)
    }

    /// Lets it finish what it has begun.
    func stop() async {
        await end(SIGTERM)
    }

    /// Ends it, and starts it as it is to be now.
    func restart(_ change: @Sendable (inout Manner) -> Void) async throws {
        await stop()
        self.change(change)
        try await start()
    }

    private func end(_ signal: Int32) async {
        let child = state.withLock { state in
            state.isToEnd = true
            return state.process
        }
        guard let child else { return }
        child.signal(signal)
        _ = await child.end()
    }
}

/// A library that gives a process it is loaded into a clock of its own: that of the day, since
/// timers and deadlines follow another one.
enum FakeClock {
    private static let source = """
        #define _GNU_SOURCE
        #include <stdlib.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>
        static time_t offset(void) {
            const char *text = getenv("TORTURE_CLOCK");
            return text ? atol(text) : 0;
        }
        int clock_gettime(clockid_t clock, struct timespec *now) {
            int result = syscall(SYS_clock_gettime, clock, now);
            if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += offset();
            return result;
        }
        int gettimeofday(struct timeval *restrict now, void *restrict zone) {
            struct timespec exact;
            (void)zone;
            clock_gettime(CLOCK_REALTIME, &exact);
            now->tv_sec = exact.tv_sec;
            now->tv_usec = exact.tv_nsec / 1000;
            return 0;
        }
        time_t time(time_t *now) {
            struct timespec exact;
            clock_gettime(CLOCK_REALTIME, &exact);
            if (now) *now = exact.tv_sec;
            return exact.tv_sec;
        }
        """

    /// Swift's toolchain brings one.
    static let compiler: String? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.flatMap { ["\($0)/clang", "\($0)/cc"] }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    static func library(in folder: String) -> String { folder + "/clock.so" }

    static func build(in folder: String) async throws {
        guard let compiler else { return }
        let file = folder + "/clock.c"
        try source.write(toFile: file, atomically: true, encoding: .utf8)
        try await ChildProcess.run(
            [compiler, "-shared", "-fPIC", "-O1", "-o", library(in: folder), file],
            environment: Node.environment, log: file + ".log")
    }
}
