import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Looks host names up as the system does (`getaddrinfo`), which blocks a thread for as long as it
/// takes. Each name has at most one thread, however many ask for it, so that a name whose servers
/// are dead holds up nobody but those who want it.
final class NameLookup: Sendable {
    typealias Addresses = Result<[IPAddress], OutboundError>

    private struct State {
        var known: [String: (addresses: [IPAddress], until: ContinuousClock.Instant)] = [:]
        var waiting: [String: [UInt64: CheckedContinuation<[IPAddress], any Error>]] = [:]
        var lastID: UInt64 = 0
    }

    /// For how long what was found is used again.
    private static let lifetime = Duration.seconds(10)
    private static let maximumThreads = 64
    private static let maximumKnown = 1000

    private let state = Mutex(State())
    private let lookUp: @Sendable (String) -> Addresses

    init(_ lookUp: @escaping @Sendable (String) -> Addresses = NameLookup.system) {
        self.lookUp = lookUp
    }

    /// The addresses of a host, the best first; an address is its own.
    func addresses(of host: String) async throws -> [IPAddress] {
        if let address = IPAddress(host) { return [address] }
        let host = host.lowercased()
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { wait(for: host, id, $0) }
        } onCancel: {
            let continuation = state.withLock { $0.waiting[host]?.removeValue(forKey: id) }
            continuation?.resume(throwing: CancellationError())
        }
    }

    private enum Step {
        case answer(Result<[IPAddress], any Error>)
        case begin
        case wait
    }

    private func wait(
        for host: String, _ id: UInt64, _ continuation: CheckedContinuation<[IPAddress], any Error>
    ) {
        let step = state.withLock { state -> Step in
            // Whoever was cancelled before has nobody left to resume it.
            if Task.isCancelled { return .answer(.failure(CancellationError())) }
            if let known = state.known[host], known.until > .now {
                return .answer(.success(known.addresses))
            }
            if state.waiting[host] != nil {
                state.waiting[host]?[id] = continuation
                return .wait
            }
            guard state.waiting.count < Self.maximumThreads else {
                return .answer(.failure(OutboundError.busy))
            }
            state.waiting[host] = [id: continuation]
            return .begin
        }
        switch step {
        case .answer(let result): continuation.resume(with: result)
        case .begin: Thread.detachNewThread { self.finish(host, self.lookUp(host)) }
        case .wait: break
        }
    }

    private func finish(_ host: String, _ result: Addresses) {
        let waiting = state.withLock { state in
            if case .success(let addresses) = result {
                if state.known.count >= Self.maximumKnown { state.known = [:] }
                state.known[host] = (addresses, .now + Self.lifetime)
            }
            return state.waiting.removeValue(forKey: host) ?? [:]
        }
        for continuation in waiting.values { continuation.resume(with: result) }
    }

    private static func system(_ host: String) -> Addresses {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else {
            return .failure(.unknownHost(host))
        }
        defer { freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var next = list
        while let entry = next {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let status = getnameinfo(
                entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil,
                0, NI_NUMERICHOST)
            let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            if status == 0, let address = IPAddress(String(decoding: bytes, as: UTF8.self)),
                !addresses.contains(address)
            {
                addresses.append(address)
            }
            next = entry.pointee.ai_next
        }
        return addresses.isEmpty ? .failure(.unknownHost(host)) : .success(addresses)
    }
}
