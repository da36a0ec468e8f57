import CLibPQ

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A connection just opened, on its way to the one who uses it.
// SAFETY: it is handed over once, and whoever made it does not touch it any more.
struct OpenedConnection: @unchecked Sendable {
    let pg: OpaquePointer

    /// Opens a connection. Blocks: only for threads of their own.
    /// - Parameter hosts: the URL's hosts if it has several, in the order in which to try them.
    ///   The library goes on to the next one only if nobody answers at all; here each gets its
    ///   chance, also behind one that accepts connections and closes them, as a proxy without a
    ///   server does.
    /// - Throws: `PostgresError` of kind `.connectFailed` with libpq's reason, without a password.
    static func open(
        url: String, connectTimeout: Duration, applicationName: String, hosts: HostOrder?
    ) throws -> OpenedConnection {
        var failure: (any Error)?
        for rotation in 0..<(hosts?.count ?? 1) {
            do {
                return try OpenedConnection(
                    url: url, connectTimeout: connectTimeout, applicationName: applicationName,
                    hosts: hosts?.rotated(by: rotation))
            } catch {
                failure = failure ?? error
            }
        }
        throw failure ?? PostgresError(.connectFailed, "there is no host")
    }

    private init(
        url: String, connectTimeout: Duration, applicationName: String, hosts: HostOrder?
    ) throws {
        let seconds = max(2, (connectTimeout.milliseconds + 999) / 1_000)
        // What stands before `dbname` is a default that the URL can change. A host that does not
        // acknowledge is given up after five seconds.
        var options: [(String, String)] = [
            ("connect_timeout", String(seconds)),
            ("keepalives_idle", "3"),
            ("keepalives_interval", "1"),
            ("keepalives_count", "3"),
            ("tcp_user_timeout", "5000"),
            ("dbname", url),
            ("client_encoding", "UTF8"),
            ("fallback_application_name", applicationName),
        ]
        options += hosts?.options ?? []
        let names = options.map { strdup($0.0) }
        let values = options.map { strdup($0.1) }
        defer { for pointer in names + values { free(pointer) } }
        let connection = PQconnectdbParams(
            names.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil], 1)
        guard let connection else {
            throw PostgresError(.connectFailed, "out of memory")
        }
        guard PQstatus(connection) == CONNECTION_OK else {
            let text = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
            PQfinish(connection)
            let line = PostgresError.oneLine(text, else: "no reason given")
            throw PostgresError(.connectFailed, Secrets.redact(line, url: url))
        }
        // Notices would go to the standard error stream.
        PQsetNoticeReceiver(connection, { _, _ in }, nil)
        pg = connection
    }
}

/// The hosts of a URL, the one to be tried first in front.
struct HostOrder: Sendable, Equatable {
    private struct Host: Equatable {
        var name: String
        var address: String
        var port: String
    }

    private var hosts: [Host]

    /// Nil for a URL of one host, or one that cannot be read.
    init?(url: String) {
        guard let options = PQconninfoParse(url, nil) else { return nil }
        defer { PQconninfoFree(options) }
        var found: [String: [String]] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                found[String(cString: keyword)] = String(cString: value)
                    .split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            }
            option += 1
        }
        let names = found["host"] ?? []
        let addresses = found["hostaddr"] ?? []
        let ports = found["port"] ?? []
        let count = max(names.count, addresses.count)
        guard count > 1 else { return nil }
        hosts = (0..<count).map { index in
            Host(
                name: names.indices.contains(index) ? names[index] : "",
                address: addresses.indices.contains(index) ? addresses[index] : "",
                // One port is that of all.
                port: ports.count == 1
                    ? ports[0] : ports.indices.contains(index) ? ports[index] : "")
        }
    }

    var count: Int { hosts.count }

    /// Puts the first ones last.
    func rotated(by count: Int) -> HostOrder {
        var copy = self
        let start = count % hosts.count
        copy.hosts = Array(hosts[start...] + hosts[..<start])
        return copy
    }

    /// Puts the host in front that a connection has found.
    mutating func prefer(hostOf pg: OpaquePointer) {
        func text(_ pointer: UnsafePointer<CChar>?) -> String {
            pointer.map { String(cString: $0) } ?? ""
        }
        let (name, port) = (text(PQhost(pg)), text(PQport(pg)))
        let index = hosts.firstIndex { host in
            [host.name, host.address].contains(name) && (host.port.isEmpty || host.port == port)
        }
        if let index { self = rotated(by: index) }
    }

    fileprivate var options: [(String, String)] {
        var options = [("port", hosts.map(\.port).joined(separator: ","))]
        if hosts.contains(where: { !$0.name.isEmpty }) {
            options.append(("host", hosts.map(\.name).joined(separator: ",")))
        }
        if hosts.contains(where: { !$0.address.isEmpty }) {
            options.append(("hostaddr", hosts.map(\.address).joined(separator: ",")))
        }
        return options
    }
}

/// A request to cancel, which travels on a connection of its own.
// SAFETY: used by one thread, once.
struct CancelHandle: @unchecked Sendable {
    private let cancel: OpaquePointer

    init(_ cancel: OpaquePointer) {
        self.cancel = cancel
    }

    /// Sends the request and waits until the server has passed it on. Blocks.
    func send() {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            _ = PQcancel(cancel, buffer.baseAddress, 256)
        }
        PQfreeCancel(cancel)
    }
}

/// Bytes that the TLS layer has read and decrypted but libpq has not taken: the socket does not
/// become readable for them again, so the event loop must ask.
// SAFETY: used under the lock of its connection only.
struct TLSPending: @unchecked Sendable {
    private typealias Pending = @convention(c) (UnsafeMutableRawPointer) -> Int32

    private let session: UnsafeMutableRawPointer
    private let pending: Pending

    /// `nil` when the connection has no TLS.
    init?(_ pg: OpaquePointer) {
        guard PQsslInUse(pg) == 1, let session = PQsslStruct(pg, "OpenSSL"),
            let symbol = dlsym(nil, "SSL_pending")
        else { return nil }
        self.session = session
        pending = unsafeBitCast(symbol, to: Pending.self)
    }

    var hasMore: Bool { pending(session) > 0 }
}

/// Keeps passwords out of messages.
enum Secrets {
    /// `text` without the password that `url` holds.
    static func redact(_ text: String, url: String) -> String {
        var result = text
        for secret in passwords(in: url) where !secret.isEmpty {
            result = result.split(separator: secret, omittingEmptySubsequences: false)
                .joined(separator: "***")
        }
        return result
    }

    private static func passwords(in url: String) -> [String] {
        var found = written(in: url)
        guard let options = PQconninfoParse(url, nil) else { return found }
        defer { PQconninfoFree(options) }
        var option = options
        while let keyword = option.pointee.keyword {
            let name = String(cString: keyword)
            if name == "password" || name == "sslpassword", let value = option.pointee.val {
                found.append(String(cString: value))
            }
            option += 1
        }
        return found.sorted { $0.count > $1.count }
    }

    /// Passwords as they stand in the text, also in a URL that cannot be parsed.
    private static func written(in url: String) -> [String] {
        var found: [String] = []
        if let scheme = url.firstRange(of: "://"), let at = url.lastIndex(of: "@"),
            scheme.upperBound < at,
            let colon = url[scheme.upperBound..<at].firstIndex(of: ":")
        {
            found.append(String(url[url.index(after: colon)..<at]))
        }
        for part in url.split(whereSeparator: { " &?".contains($0) }) {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].hasSuffix("password") else { continue }
            found.append(pair[1].filter { $0 != "'" })
        }
        return found
    }
}
