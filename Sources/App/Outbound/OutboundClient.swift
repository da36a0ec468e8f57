import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Sends HTTP requests to URLs that others chose.
///
/// A host is looked up once and every one of its addresses checked; the connection goes to an
/// address that was checked, while TLS verifies the host's name. So a tenant's URL cannot reach the
/// server's own network, whatever its name resolves to later. Redirects are answers like others.
package struct OutboundClient: Sendable {
    package struct Response: Sendable, Equatable {
        package let status: Int
        package let body: [UInt8]
    }

    private let allowsPrivate: Bool
    private let names: NameLookup
    private let lanes: OutboundLanes

    /// - Parameters:
    ///   - allowsPrivate: whether URLs that are not trusted may point to addresses that are not
    ///     public.
    ///   - authorities: whose certificates are accepted.
    package init(allowsPrivate: Bool, authorities: TrustedAuthorities = .systemAlone) {
        self.init(allowsPrivate: allowsPrivate, authorities: authorities, names: NameLookup())
    }

    init(
        allowsPrivate: Bool, authorities: TrustedAuthorities = .systemAlone, names: NameLookup
    ) {
        self.allowsPrivate = allowsPrivate
        self.names = names
        lanes = OutboundLanes(trusting: authorities)
    }

    /// Finds what is wrong with a URL that is not trusted without looking its name up.
    package func check(_ text: String) throws(OutboundError) {
        let url = try OutboundURL(text)
        if !allowsPrivate, let address = IPAddress(url.host), !address.isPublic {
            throw .privateAddress(host: url.host)
        }
    }

    /// Sends one request and reads its answer.
    /// - Parameters:
    ///   - timeout: of everything, from the look-up of the name to the last byte of the answer.
    ///   - maximumBytes: of the answer's body. With 0 the body does not matter: a status alone
    ///     makes an answer, and the body in it is empty.
    ///   - isTrusted: the URL is the operator's, and may point anywhere.
    /// - Throws: `OutboundError`, or `CancellationError`.
    package func send(
        method: String, url: String, headers: [(String, String)] = [], body: [UInt8]? = nil,
        timeout: Duration, maximumBytes: Int, isTrusted: Bool
    ) async throws -> Response {
        let url = try OutboundURL(url)
        var request = HTTPClientRequest(url: url.text)
        request.method = HTTPMethod(rawValue: method)
        request.headers.add(name: "user-agent", value: "Hazina")
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let body { request.body = .bytes(body) }
        let prepared = request
        return try await withThrowingTaskGroup(of: Response.self) { tasks in
            tasks.addTask {
                try await send(prepared, to: url, isTrusted, timeout, maximumBytes)
            }
            tasks.addTask {
                try await Task.sleep(for: timeout)
                throw OutboundError.timeout(timeout)
            }
            defer { tasks.cancelAll() }
            guard let response = try await tasks.next() else { throw CancellationError() }
            return response
        }
    }

    /// Tries the host's addresses in turn until there is a connection.
    private func send(
        _ request: HTTPClientRequest, to url: OutboundURL, _ isTrusted: Bool, _ timeout: Duration,
        _ maximumBytes: Int
    ) async throws -> Response {
        let addresses = try await names.addresses(of: url.host)
        guard isTrusted || allowsPrivate || addresses.allSatisfy(\.isPublic) else {
            throw OutboundError.privateAddress(host: url.host)
        }
        var failure = OutboundError.unknownHost(url.host)
        for address in addresses.prefix(4) {
            let lane = lanes[.init(host: url.host, address: address, isTrusted: isTrusted)]
            do {
                return try await send(request, on: lane, timeout, maximumBytes)
            } catch {
                try Task.checkCancellation()
                failure = Self.outboundError(error, host: url.host)
                guard case .unreachable = failure else { throw failure }
            }
        }
        throw failure
    }

    private func send(
        _ request: HTTPClientRequest, on lane: OutboundLane, _ timeout: Duration,
        _ maximumBytes: Int
    ) async throws -> Response {
        let limit = TimeAmount(timeout) + .seconds(1)
        let response = try await lane.client.execute(request, timeout: limit)
        let status = Int(response.status.code)
        if maximumBytes == 0 {
            // Read nevertheless if it is short, for the connection to be used again.
            _ = try? await response.body.collect(upTo: 65_536)
            return Response(status: status, body: [])
        }
        do {
            let body = try await response.body.collect(upTo: maximumBytes)
            return Response(status: status, body: Array(body.readableBytesView))
        } catch is NIOTooManyBytesError {
            throw OutboundError.bodyTooLarge(limit: maximumBytes)
        }
    }

    private static func outboundError(_ error: any Error, host: String) -> OutboundError {
        switch error {
        case let error as OutboundError: return error
        case let error as IOError where connectErrors.contains(error.errnoCode):
            return .unreachable(host: host, reason: String(cString: strerror(error.errnoCode)))
        case let error as HTTPClientError where error == .connectTimeout:
            return .unreachable(host: host, reason: "no answer to a connection")
        case ChannelError.connectTimeout:
            return .unreachable(host: host, reason: "no answer to a connection")
        case let error as HTTPClientError:
            return .failed(host: host, reason: error.shortDescription)
        default:
            return OutboundError(tls: error, host: host)
                ?? .failed(host: host, reason: String(describing: error))
        }
    }

    /// What only an attempt to connect ends with.
    private static let connectErrors: Set<CInt> = [
        ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL,
    ]
}
