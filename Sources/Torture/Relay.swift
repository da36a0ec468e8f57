import Foundation
import Synchronization

/// The network between the server and one PostgreSQL: a TCP relay that can misbehave.
final class Relay: Sendable {
    enum Mode: Sendable {
        case passing
        /// Nothing passes for now; nothing is lost.
        case holding
        /// What is sent is lost, and nobody is told.
        case swallowing
        /// There is nobody.
        case refusing
    }

    private struct State {
        var mode = Mode.passing
        var listener: Int32 = -1
        /// How many connections are still to be cut inside a commit.
        var cuts = 0
        /// Connections older than this are to be reset.
        var generation = 0
        var isClosed = false
    }

    let port: Int
    private let target: sockaddr_in
    private let state: Mutex<State>

    init(port: Int, to target: Int) throws {
        self.port = port
        self.target = SocketAddress.local(port: target)
        state = Mutex(State())
        try listen()
    }

    /// Cuts that have not happened yet.
    var cutsLeft: Int { state.withLock { $0.cuts } }

    func set(_ mode: Mode) throws {
        let isReturning = state.withLock { state in
            defer { state.mode = mode }
            if case .refusing = mode {
                // Closing alone does not wake a thread that waits for a client.
                if state.listener >= 0 { shutdown(state.listener, Int32(SHUT_RDWR)) }
                state.listener = -1
                state.generation += 1
            }
            return state.listener < 0
        }
        if case .refusing = mode { return }
        if isReturning { try listen() }
    }

    /// Resets all connections.
    func reset() {
        state.withLock { $0.generation += 1 }
    }

    /// Lets the next commits pass, and cuts their connections before the answer does.
    func cutCommits(_ count: Int) {
        state.withLock { $0.cuts = count }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            state.generation += 1
            if state.listener >= 0 { shutdown(state.listener, Int32(SHUT_RDWR)) }
        }
    }

    private func listen() throws {
        let descriptor = SocketAddress.socket()
        var yes: Int32 = 1
        setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard SocketAddress.local(port: port).with({ bind(descriptor, $0, $1) }) == 0,
            Glibc.listen(descriptor, 64) == 0
        else { throw TortureError("nobody can listen on port \(port)") }
        state.withLock { $0.listener = descriptor }
        Thread.detachNewThread { self.accept(descriptor) }
    }

    private func accept(_ listener: Int32) {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { break }
            _ = fcntl(client, F_SETFD, FD_CLOEXEC)
            Thread.detachNewThread { self.relay(client) }
        }
        Glibc.close(listener)
    }

    private func relay(_ client: Int32) {
        let generation = state.withLock { $0.generation }
        // Whoever connects into the silence hears nothing, also not of a connection.
        while case .swallowing = state.withLock({ $0.mode }) { usleep(5_000) }
        let server = SocketAddress.socket()
        guard target.with({ connect(server, $0, $1) }) == 0 else {
            Self.end(client, isReset: true)
            Glibc.close(server)
            return
        }
        var yes: Int32 = 1
        for side in [client, server] {
            setsockopt(
                side, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        }
        let isReset = pass(client, server, generation)
        Self.end(client, isReset: isReset)
        // PostgreSQL finishes what it has been sent.
        Glibc.close(server)
    }

    /// - Returns: whether the client's connection is to be reset rather than closed.
    private func pass(_ client: Int32, _ server: Int32, _ generation: Int) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var watch = CommitWatch()
        while true {
            var ready = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server, events: Int16(POLLIN), revents: 0),
            ]
            poll(&ready, 2, 20)
            let (mode, current) = state.withLock { ($0.mode, $0.generation) }
            if current != generation { return true }
            if case .holding = mode {
                usleep(2_000)
                continue
            }
            for (from, to) in [(client, server), (server, client)] {
                guard ready[from == client ? 0 : 1].revents != 0 else { continue }
                let count = read(from, &buffer, buffer.count)
                guard count > 0 else { return false }
                if case .swallowing = mode { continue }
                let isCommit = from == client && watch.takes(buffer[..<count])
                guard Self.send(buffer[..<count], to) else { return false }
                if isCommit, isToBeCut() {
                    usleep(UInt32.random(in: 0...8_000))
                    return Bool.random()
                }
            }
        }
    }

    private func isToBeCut() -> Bool {
        state.withLock { state in
            guard state.cuts > 0 else { return false }
            state.cuts -= 1
            return true
        }
    }

    private static func send(_ bytes: ArraySlice<UInt8>, _ descriptor: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    private static func end(_ descriptor: Int32, isReset: Bool) {
        if isReset {
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        }
        Glibc.close(descriptor)
    }
}

/// Reads what a client sends to PostgreSQL, and tells when that commits something
/// (https://www.postgresql.org/docs/current/protocol-message-formats.html).
struct CommitWatch {
    private var rest: [UInt8] = []
    private var isStarted = false
    /// The texts of prepared statements.
    private var statements: [String: String] = [:]
    private var isWriting = false

    /// Takes the next bytes. - Returns: whether they end a transaction that wrote something.
    mutating func takes(_ bytes: ArraySlice<UInt8>) -> Bool {
        rest += bytes
        var isCommit = false
        while let (type, body) = nextMessage() {
            switch type {
            case UInt8(ascii: "P"):
                let name = Self.text(body[...])
                statements[name] = Self.text(body.dropFirst(name.utf8.count + 1))
            case UInt8(ascii: "B"):
                let portal = Self.text(body[...])
                let name = Self.text(body.dropFirst(portal.utf8.count + 1))
                if Self.commits(statements[name] ?? "") { isWriting = true }
            case UInt8(ascii: "S"):
                isCommit = isCommit || isWriting
                isWriting = false
            default: break
            }
        }
        return isCommit
    }

    /// What is committed by the end of its round trip, or commits what was done before.
    private static func commits(_ statement: String) -> Bool {
        statement == "commit" || statement.hasPrefix("-- ledger.apply")
    }

    private mutating func nextMessage() -> (type: UInt8, body: [UInt8])? {
        // The first message has no type.
        let head = isStarted ? 1 : 0
        guard rest.count >= head + 4 else { return nil }
        let length = rest[head..<head + 4].reduce(0) { $0 << 8 | Int($1) }
        guard rest.count >= head + length, length >= 4 else { return nil }
        let type = isStarted ? rest[0] : 0
        let body = Array(rest[(head + 4)..<(head + length)])
        rest.removeFirst(head + length)
        // Before it, encryption may be asked for, which PostgreSQL refuses here.
        isStarted = isStarted || length > 8
        return (type, body)
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}

/// Addresses of this machine.
enum SocketAddress {
    /// For TCP; none that a child process would keep open.
    static func socket() -> Int32 {
        Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    }

    static func local(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }

    /// A port of 127.0.0.1 on which nobody listens just now.
    static func freePort() throws -> Int {
        for _ in 0..<100 {
            let port = Int.random(in: 20_000..<32_000)
            let descriptor = socket()
            defer { close(descriptor) }
            if local(port: port).with({ bind(descriptor, $0, $1) }) == 0 { return port }
        }
        throw TortureError("no free port on 127.0.0.1 can be found")
    }
}

extension sockaddr_in {
    fileprivate func with(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: self) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
