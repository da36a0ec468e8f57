import Foundation
import Synchronization

struct TortureError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A program that runs beside this one until it is killed, and dies with it.
final class ChildProcess: Sendable {
    private struct State {
        var status: Int32?
        var waiting: [CheckedContinuation<Int32, Never>] = []
    }

    let pid: pid_t
    private let state = Mutex(State())

    private init(pid: pid_t) {
        self.pid = pid
    }

    /// - Parameters:
    ///   - words: the program, found in `PATH`, and its arguments.
    ///   - user: whom to run as; nil for the same.
    ///   - log: the file that its output is added to.
    static func start(
        _ words: [String], as user: String? = nil, environment: [String: String], log: String
    ) async throws -> ChildProcess {
        let words = ["setpriv", "--pdeathsig", "KILL"] + Self.options(of: user) + words
        return try await withCheckedThrowingContinuation { continuation in
            // The kernel ends the child with the thread that started it, so that one waits.
            Thread {
                do {
                    let child = ChildProcess(pid: try spawn(words, environment, log))
                    continuation.resume(returning: child)
                    child.finish(Self.wait(child.pid))
                } catch {
                    continuation.resume(throwing: error)
                }
            }.start()
        }
    }

    /// Runs a program to its end.
    /// - Throws: `TortureError` unless it ends with 0.
    static func run(
        _ words: [String], as user: String? = nil, environment: [String: String], log: String
    ) async throws {
        let child = try await start(words, as: user, environment: environment, log: log)
        let status = await child.end()
        guard status == 0 else {
            throw TortureError("\(words.joined(separator: " ")) ended with \(status), see \(log)")
        }
    }

    var hasEnded: Bool { state.withLock { $0.status != nil } }

    func signal(_ number: Int32) {
        if !hasEnded { kill(pid, number) }
    }

    /// Waits for its end; 128 and the signal's number if a signal ended it.
    func end() async -> Int32 {
        await withCheckedContinuation { continuation in
            let status = state.withLock { state in
                if state.status == nil { state.waiting.append(continuation) }
                return state.status
            }
            if let status { continuation.resume(returning: status) }
        }
    }

    /// The numbers of its own children.
    var children: [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { child in
            guard let stat = Self.read("/proc/\(child)/stat") else { return false }
            // The name, in parentheses, may hold anything; the parent stands second after it.
            let rest = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
            return rest.count > 2 && pid_t(rest[2]) == pid
        }
    }

    static func read(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    private func finish(_ status: Int32) {
        let waiting = state.withLock { state in
            state.status = status
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: status) }
    }

    private static func options(of user: String?) -> [String] {
        guard let user else { return [] }
        return ["--reuid", user, "--regid", user, "--init-groups"]
    }

    private static func wait(_ pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1, errno == EINTR {}
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }

    private static func spawn(
        _ words: [String], _ environment: [String: String], _ log: String
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_APPEND | O_CREAT, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Who waits for a socket of ours to close shall not wait for the program's end.
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        for descriptor in open.compactMap(Int32.init) where descriptor > 2 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        // A group of its own: who interrupts this program stops the others through it.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var arguments = words.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let problem = posix_spawnp(
            &pid, words[0], &actions, &attributes, &arguments, &variables)
        guard problem == 0 else {
            throw TortureError("\(words[0]) cannot be run: \(String(cString: strerror(problem)))")
        }
        return pid
    }
}
