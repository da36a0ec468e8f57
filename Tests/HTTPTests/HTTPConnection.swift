import Dispatch
import Foundation

/// A client's connection that sends exactly the bytes it is told to, right or wrong. Its calls
/// block threads of their own, never those that the server's tasks run on.
final class HTTPConnection: Sendable {
    struct Reply: Sendable {
        var status: Int
        /// By lower-case name.
        var headers: [String: String]
        var bytes: [UInt8]

        var body: String { String(decoding: bytes, as: UTF8.self) }
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private let descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        // A process that a test has started may hold the socket, too.
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    /// Connects to 127.0.0.1.
    static func open(port: Int) async throws -> HTTPConnection {
        try await offloaded {
            #if canImport(Glibc)
                let stream = Int32(SOCK_STREAM.rawValue)
            #else
                let stream = SOCK_STREAM
            #endif
            let descriptor = socket(AF_INET, stream, 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = UInt16(port).bigEndian
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            // No test waits longer than this for an answer.
            var timeout = timeval(tv_sec: 20, tv_usec: 0)
            setsockopt(
                descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout,
                socklen_t(MemoryLayout<timeval>.size))
            setsockopt(
                descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout,
                socklen_t(MemoryLayout<timeval>.size))
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard result == 0 else {
                close(descriptor)
                throw Failure(description: "connect: \(String(cString: strerror(errno)))")
            }
            return HTTPConnection(descriptor: descriptor)
        }
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        let descriptor = descriptor
        try await Self.offloaded {
            var rest = bytes[...]
            while !rest.isEmpty {
                #if canImport(Glibc)
                    let flags = Int32(MSG_NOSIGNAL)
                #else
                    let flags: Int32 = 0
                #endif
                let count = rest.withUnsafeBytes {
                    Foundation.send(descriptor, $0.baseAddress, $0.count, flags)
                }
                guard count > 0 else {
                    throw Failure(description: "send: \(String(cString: strerror(errno)))")
                }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Sends a request with the headers that every request has.
    func send(
        _ method: String, _ path: String, headers: [(String, String)] = [], body: String? = nil
    ) async throws {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: test\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        try await send(text + "\r\n" + (body ?? ""))
    }

    /// Sends a request whose body is no text.
    func send(
        _ method: String, _ path: String, headers: [(String, String)] = [], bytes: [UInt8]
    ) async throws {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: test\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        try await send(Array("\(text)Content-Length: \(bytes.count)\r\n\r\n".utf8) + bytes)
    }

    /// Tells the server that nothing more comes.
    func finishSending() {
        #if canImport(Glibc)
            shutdown(descriptor, Int32(SHUT_WR))
        #else
            shutdown(descriptor, SHUT_WR)
        #endif
    }

    /// Reads one answer.
    func reply(toHead: Bool = false) async throws -> Reply {
        var reply = try await head()
        let length = toHead ? 0 : Int(reply.headers["content-length"] ?? "0") ?? 0
        reply.bytes = try await receive(length)
        return reply
    }

    /// Reads an answer up to its body.
    func head() async throws -> Reply {
        let descriptor = descriptor
        return try await Self.offloaded {
            var bytes: [UInt8] = []
            while !bytes.ends(with: Array("\r\n\r\n".utf8)) {
                bytes.append(contentsOf: try Self.receive(descriptor, upTo: 1))
            }
            var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
            let status = Int(lines.removeFirst().split(separator: " ")[1]) ?? 0
            var headers: [String: String] = [:]
            for line in lines {
                let parts = line.split(separator: ":", maxSplits: 1)
                headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
            }
            return Reply(status: status, headers: headers, bytes: [])
        }
    }

    /// Reads one chunk of a body that comes in chunks; nil at its end.
    func chunk() async throws -> String? {
        let descriptor = descriptor
        let length = try await Self.offloaded {
            var digits: [UInt8] = []
            while !digits.ends(with: [0x0d, 0x0a]) {
                digits += try Self.receive(descriptor, upTo: 1)
            }
            return Int(String(decoding: digits.dropLast(2), as: UTF8.self), radix: 16) ?? 0
        }
        let bytes = try await receive(length + 2).dropLast(2)
        return length == 0 ? nil : String(decoding: bytes, as: UTF8.self)
    }

    private func receive(_ length: Int) async throws -> [UInt8] {
        let descriptor = descriptor
        return try await Self.offloaded {
            var bytes: [UInt8] = []
            while bytes.count < length {
                bytes += try Self.receive(descriptor, upTo: length - bytes.count)
            }
            return bytes
        }
    }

    /// Whether nothing comes for a while.
    func isSilent(forMilliseconds milliseconds: Int32) async throws -> Bool {
        let descriptor = descriptor
        return try await Self.offloaded {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            return poll(&waiting, 1, milliseconds) == 0
        }
    }

    /// Whether the server closes the connection; false when it is still open after `seconds`.
    func isClosed(within seconds: Int) async throws -> Bool {
        let descriptor = descriptor
        return try await Self.offloaded {
            var timeout = timeval(tv_sec: seconds, tv_usec: 0)
            setsockopt(
                descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout,
                socklen_t(MemoryLayout<timeval>.size))
            var byte: UInt8 = 0
            let count = recv(descriptor, &byte, 1, 0)
            return count == 0 || (count < 0 && errno == ECONNRESET)
        }
    }

    private static func receive(_ descriptor: Int32, upTo count: Int) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        let received = recv(descriptor, &buffer, count, 0)
        guard received > 0 else {
            throw Failure(
                description: received == 0 ? "closed" : String(cString: strerror(errno)))
        }
        return Array(buffer.prefix(received))
    }

    private static func offloaded<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Result { try body() }) }.start()
        }
    }
}

extension [UInt8] {
    fileprivate func ends(with other: [UInt8]) -> Bool { suffix(other.count) == other[...] }
}
