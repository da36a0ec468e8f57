import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A TCP relay before the test server that can go silent, or cut its connections without a word.
final class TestProxy: Sendable {
    enum Mode {
        case relaying
        /// Nothing passes, and nothing is closed.
        case silent
        /// What is sent is lost, and nobody is told.
        case deaf
        /// Everything is closed, at once and when it comes.
        case cut
    }

    private let listener: Int32
    private let target: sockaddr_in
    private let mode = Mutex(Mode.relaying)
    /// The URL of the test server by way of the relay.
    let url: String

    init(to url: String) throws {
        guard var parts = URLComponents(string: url), let host = parts.host else {
            throw CocoaError(.featureUnsupported)
        }
        target = Self.address(host: host, port: UInt16(parts.port ?? 5432))
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        listener = socket
        var own = Self.address(host: "127.0.0.1", port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, length) == 0 && listen(socket, 64) == 0
                    && getsockname(socket, address, &length) == 0
            }
        }
        guard bound else { throw CocoaError(.featureUnsupported) }
        parts.host = "127.0.0.1"
        parts.port = Int(UInt16(bigEndian: own.sin_port))
        self.url = parts.string ?? url
        Thread.detachNewThread { self.accept() }
    }

    func set(_ mode: Mode) {
        self.mode.withLock { $0 = mode }
    }

    /// Ends the relay and all of its connections.
    func close() {
        set(.cut)
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private static func address(host: String, port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr(host == "localhost" ? "127.0.0.1" : host)
        return address
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { break }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var target = target
            let connected = withUnsafePointer(to: &target) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            guard connected else {
                Glibc.close(client)
                Glibc.close(server)
                continue
            }
            Thread.detachNewThread { self.relay(client, server) }
        }
        Glibc.close(listener)
    }

    private func relay(_ client: Int32, _ server: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        loop: while true {
            var watched = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server, events: Int16(POLLIN), revents: 0),
            ]
            poll(&watched, 2, 10)
            switch mode.withLock({ $0 }) {
            case .cut: break loop
            case .silent:
                usleep(5_000)
                continue
            case .relaying, .deaf: break
            }
            for (from, to) in [(watched[0], server), (watched[1], client)] where from.revents != 0 {
                let count = read(from.fd, &buffer, buffer.count)
                guard count > 0 else { break loop }
                if case .deaf = mode.withLock({ $0 }) { continue }
                var sent = 0
                while sent < count {
                    let part = buffer[sent..<count].withUnsafeBytes {
                        send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                    }
                    guard part > 0 else { break loop }
                    sent += part
                }
            }
        }
        Glibc.close(client)
        Glibc.close(server)
    }
}
