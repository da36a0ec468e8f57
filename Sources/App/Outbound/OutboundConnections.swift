import AsyncHTTPClient
import Dispatch
import NIOCore
import Synchronization

/// The connections to one address for one host name, which TLS verifies.
final class OutboundLane: Sendable {
    struct Target: Hashable {
        let host: String
        let address: IPAddress
        /// A connection made for a trusted URL is used for such ones alone, and vice versa.
        let isTrusted: Bool
    }

    let client: HTTPClient

    init(_ target: Target, trusting authorities: TrustedAuthorities) {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.dnsOverride = [target.host: target.address.description]
        configuration.httpVersion = .http1Only
        configuration.tlsConfiguration = authorities.configuration
        configuration.timeout.connect = .seconds(3)
        // Shorter than what servers commonly close idle connections after.
        configuration.connectionPool.idleTimeout = .seconds(3)
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 4096
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        // Nobody uses it any more: what is left are idle connections.
        client.shutdown(queue: .global()) { _ in }
    }
}

/// The lanes that were used last.
final class OutboundLanes: Sendable {
    private struct Entry {
        let lane: OutboundLane
        var lastUse: UInt64
    }

    private struct State {
        var entries: [OutboundLane.Target: Entry] = [:]
        var uses: UInt64 = 0
    }

    private static let maximumCount = 256
    private let authorities: TrustedAuthorities
    private let state = Mutex(State())

    init(trusting authorities: TrustedAuthorities) {
        self.authorities = authorities
    }

    subscript(target: OutboundLane.Target) -> OutboundLane {
        state.withLock { state in
            state.uses += 1
            if let lane = state.entries[target]?.lane {
                state.entries[target]?.lastUse = state.uses
                return lane
            }
            if state.entries.count >= Self.maximumCount,
                let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                state.entries.removeValue(forKey: oldest.key)
            }
            let lane = OutboundLane(target, trusting: authorities)
            state.entries[target] = Entry(lane: lane, lastUse: state.uses)
            return lane
        }
    }
}
