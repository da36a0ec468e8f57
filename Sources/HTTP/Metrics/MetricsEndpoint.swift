import App
import Crypto
import Foundation
import HTTPTypes
import Hummingbird

/// `/metrics`: what the server shows of itself, in Prometheus' text format.
///
/// It names tenants, so it is for those who run the server: whoever has the token, or, while there
/// is none, direct callers on this machine. Behind a proxy on the same machine everybody seems to
/// be one, so a request that was passed on for somebody else is not direct.
package struct MetricsEndpoint: Sendable {
    static let path = "/metrics"
    /// What machines ask for again and again, and nobody wants to read about.
    static let quietPaths = HealthRoutes.paths.union([path])
    /// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
    private static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private let token: SHA256Digest?
    private let page: @Sendable () async -> String

    /// - Parameters:
    ///   - token: what callers must present as `Authorization: Bearer`; nil: direct callers alone.
    ///   - page: everything that is shown.
    package init(token: String?, page: @escaping @Sendable () async -> String) {
        self.token = token.map { SHA256.hash(data: Array($0.utf8)) }
        self.page = page
    }

    /// - Parameter peer: the other end of the connection.
    func answer(_ request: ServerRequest, from peer: IPAddress?) async -> Answer {
        guard request.method == .get || request.method == .head else {
            return Answer.refusal(.methodNotAllowed, .methodNotAllowed, "Use GET or HEAD")
                .with(.allow, "GET, HEAD")
        }
        guard mayRead(request, from: peer) else {
            let message =
                token == nil
                ? "Metrics are for direct callers on the server's machine, or for those with the"
                    + " token if HAZINA_METRICS_TOKEN is set"
                : "Send the token of HAZINA_METRICS_TOKEN as Authorization: Bearer"
            return Answer.refusal(.unauthorized, .unauthenticated, message)
                .with(.wwwAuthenticate, "Bearer")
        }
        var answer = Answer(
            status: .ok, contentType: Self.contentType, body: Array(await page().utf8))
        answer.isCompressible = true
        return answer
    }

    private func mayRead(_ request: ServerRequest, from peer: IPAddress?) -> Bool {
        guard let token else { return Self.isDirect(request, from: peer) }
        // A session key is sent in the same way; one that is no token fits nothing.
        guard let sent = Credentials(request.headers).sessionKey else { return false }
        return SHA256.hash(data: Array(sent.utf8)) == token
    }

    /// Whether the request comes from this machine and was passed on by nobody: a proxy adds one of
    /// these headers, or passes on the public name that it was called by.
    static func isDirect(_ request: ServerRequest, from peer: IPAddress?) -> Bool {
        guard let peer, peer.isLoopback else { return false }
        guard forwardingHeaders.allSatisfy({ !request.headers.contains($0) }) else { return false }
        return isOwnName(request.head.authority ?? "")
    }

    private static let forwardingHeaders: [HTTPField.Name] = [
        "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via",
    ].compactMap { HTTPField.Name($0) }

    /// Whether an authority is an address of this machine or a name without a domain.
    private static func isOwnName(_ authority: String) -> Bool {
        var host = Substring(authority)
        if host.first == "[", let end = host.firstIndex(of: "]") {
            host = host[host.index(after: host.startIndex)..<end]
        } else if let colon = host.lastIndex(of: ":") {
            host = host[..<colon]
        }
        if let address = IPAddress(host) { return address.isLoopback }
        return !host.contains(".") || host.lowercased().hasSuffix(".localhost")
    }
}

extension IPAddress {
    /// 127.0.0.0/8 or ::1.
    fileprivate var isLoopback: Bool { Self.loopback.contains { $0.contains(self) } }

    private static let loopback = ["127.0.0.0/8", "::1"].compactMap { AddressBlock($0) }
}
