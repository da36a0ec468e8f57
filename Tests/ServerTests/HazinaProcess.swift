import Foundation

@testable import Server

/// The built `hazina`, or another of the project's programs, run as people run it.
// SAFETY: `process` is configured before it is shared, and only signalled afterwards; the status
// comes through the stream.
final class HazinaProcess: @unchecked Sendable {
    struct Outcome: Sendable {
        var status: Int32
        var output: String
        var errors: String
    }

    private let process = Process()
    private let path = NSTemporaryDirectory() + "hazina-command-" + Secrets.random(bytes: 6)
    private let statuses: AsyncStream<Int32>

    /// Starts it with these variables, a search path and nothing else.
    init(
        _ arguments: [String], _ environment: [String: String] = [:], input: String = "",
        program: String = "hazina"
    ) throws {
        for end in [".out", ".err"] { try PrivateFile.write("", to: path + end) }
        try PrivateFile.write(input, to: path + ".in")
        process.executableURL = URL(fileURLWithPath: Self.path(of: program))
        process.arguments = arguments
        var environment = environment
        environment["PATH"] = ProcessInfo.processInfo.environment["PATH"]
        process.environment = environment
        process.standardInput = FileHandle(forReadingAtPath: path + ".in")
        process.standardOutput = FileHandle(forWritingAtPath: path + ".out")
        process.standardError = FileHandle(forWritingAtPath: path + ".err")
        let (stream, continuation) = AsyncStream<Int32>.makeStream()
        statuses = stream
        process.terminationHandler = { continuation.yield($0.terminationStatus) }
        try process.run()
    }

    deinit {
        if process.isRunning { process.terminate() }
        for end in [".in", ".out", ".err"] { unlink(path + end) }
    }

    /// Where the build has left a program.
    static func path(of program: String) -> String {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent(program).path
    }

    /// Runs it to its end.
    static func run(
        _ arguments: String..., environment: [String: String] = [:], input: String = ""
    ) async throws -> Outcome {
        try await HazinaProcess(arguments, environment, input: input).end()
    }

    var output: String { PrivateFile.read(path + ".out") ?? "" }
    var errors: String { PrivateFile.read(path + ".err") ?? "" }

    /// Sends SIGTERM.
    func stop() { process.terminate() }

    /// Sends SIGHUP.
    func hangUp() { Foundation.kill(process.processIdentifier, SIGHUP) }

    /// Sends SIGKILL.
    func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

    func end() async -> Outcome {
        var iterator = statuses.makeAsyncIterator()
        let status = await iterator.next() ?? -1
        return Outcome(status: status, output: output, errors: errors)
    }

    /// The port that it says it listens on, nil when it ends before it does.
    func port() async throws -> Int? {
        for _ in 0..<400 {
            if let match = errors.firstMatch(of: /https?:\/\/127\.0\.0\.1:(\d+)\/graphql/) {
                return Int(match.1)
            }
            guard process.isRunning else { return nil }
            try await Task.sleep(for: .milliseconds(50))
        }
        return nil
    }
}

/// One request on a connection that ends with it.
enum OneRequest {
    struct Failure: Error {}

    /// - Parameter end: read no further than this, for an answer that does not end.
    /// - Returns: the whole answer, status line and headers included.
    static func send(
        _ method: String, _ path: String, port: Int, headers: [String: String] = [:],
        body: String = "", until end: String? = nil
    ) async throws -> String {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        text += "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let request = text
        return try await withCheckedThrowingContinuation { continuation in
            Thread {
                continuation.resume(with: Result { try exchange(request, port, end) })
            }.start()
        }
    }

    private static func exchange(
        _ request: String, _ port: Int, _ end: String?
    ) throws -> String {
        #if canImport(Glibc)
            let stream = Int32(SOCK_STREAM.rawValue)
        #else
            let stream = SOCK_STREAM
        #endif
        let descriptor = socket(AF_INET, stream, 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        let bytes = Array(request.utf8)
        guard connected == 0, write(descriptor, bytes, bytes.count) == bytes.count else {
            throw Failure()
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            answer += buffer.prefix(count)
            if let end, String(decoding: answer, as: UTF8.self).contains(end) { break }
        }
        return String(decoding: answer, as: UTF8.self)
    }
}
