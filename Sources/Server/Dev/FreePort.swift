import Foundation

/// TCP ports of this machine.
enum FreePort {
    /// A port on 127.0.0.1 that nobody listens on now.
    static func pick() throws -> Int {
        guard let port = bind(to: 0) else {
            throw PrivateFile.failure("no free port on 127.0.0.1 can be found")
        }
        return port
    }

    static func isFree(_ port: Int) -> Bool {
        (1...65535).contains(port) && bind(to: UInt16(port)) != nil
    }

    /// Binds for a moment, and tells the port.
    private static func bind(to port: UInt16) -> Int? {
        #if canImport(Glibc)
            let stream = Int32(SOCK_STREAM.rawValue)
        #else
            let stream = SOCK_STREAM
        #endif
        let descriptor = socket(AF_INET, stream, 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // As the server will: a port with connections still closing counts as free.
        var reuse: Int32 = 1
        setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard systemBind(descriptor, generic, length) == 0,
                    getsockname(descriptor, generic, &length) == 0
                else { return nil }
                return Int(UInt16(bigEndian: pointer.pointee.sin_port))
            }
        }
    }
}

/// The system's `bind`, whose name the function above takes within its type.
private func systemBind(
    _ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t
) -> Int32 {
    bind(descriptor, address, length)
}
