import Dispatch
import Foundation

/// Runs another program to its end.
///
/// Foundation's `Process` waits for every process that inherited from the program, so it would
/// never see the end of `pg_ctl start`, which leaves a server behind; this waits for the program
/// alone.
struct ExternalCommand {
    struct Result {
        var status: Int32
        /// Standard output and standard error together.
        var output: String
    }

    /// An absolute path.
    var executable: String
    var arguments: [String]
    /// The user to run as; needs root.
    var user: String?
    /// What the program reads from its standard input.
    var input = ""

    /// - Throws: `CommandFailure` when the program cannot be started.
    func run() async throws -> Result {
        let path = NSTemporaryDirectory() + "hazina-" + Secrets.random(bytes: 8)
        try PrivateFile.write(input, to: path + ".in")
        try PrivateFile.write("", to: path + ".out")
        defer {
            unlink(path + ".in")
            unlink(path + ".out")
        }
        let pid = try spawn(inputPath: path + ".in", outputPath: path + ".out")
        let status = await Self.end(of: pid)
        let output = FileManager.default.contents(atPath: path + ".out") ?? Data()
        return Result(status: status, output: String(decoding: output, as: UTF8.self))
    }

    /// Program and arguments, as the user wanted, in a directory that every user can enter.
    private var words: [String] {
        let asUser = user.map { ["/usr/sbin/runuser", "-u", $0, "--"] } ?? []
        return ["/bin/sh", "-c", #"cd / && exec "$@""#, "sh"] + asUser + [executable] + arguments
    }

    private func spawn(inputPath: String, outputPath: String) throws -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, inputPath, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_APPEND, 0)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // We may ignore the signals that end us; the program shall not inherit that.
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        var arguments = words.map { strdup($0) }
        arguments.append(nil)
        defer { arguments.forEach { free($0) } }
        var pid: pid_t = 0
        let problem = posix_spawn(&pid, words[0], &actions, &attributes, arguments, environ)
        guard problem == 0 else {
            throw CommandFailure(
                "\(executable) cannot be run: \(String(cString: strerror(problem)))")
        }
        return pid
    }

    /// Waits on a thread of its own; a signal as the end gives 128 and its number.
    private static func end(of pid: pid_t) async -> Int32 {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var status: Int32 = 0
                while waitpid(pid, &status, 0) == -1, errno == EINTR {}
                let signal = status & 0x7f
                continuation.resume(returning: signal == 0 ? (status >> 8) & 0xff : 128 + signal)
            }
        }
    }
}
