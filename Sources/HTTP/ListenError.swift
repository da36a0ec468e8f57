#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The server's address cannot be listened on.
package struct ListenError: Error, Equatable, CustomStringConvertible {
    package let host: String
    package let port: Int
    /// Why, as the system puts it.
    package let reason: String
    /// Another process listens there.
    package let isInUse: Bool

    init(host: String, port: Int, errnoCode: Int32) {
        self.host = host
        self.port = port
        reason = String(cString: strerror(errnoCode))
        isInUse = errnoCode == EADDRINUSE
    }

    init(host: String, port: Int, reason: String) {
        self.host = host
        self.port = port
        self.reason = reason
        isInUse = false
    }

    package var description: String { "cannot listen on \(host):\(port): \(reason)" }
}
