/// Why a request to somebody else's server has no answer.
package enum OutboundError: Error, Sendable, Equatable, CustomStringConvertible {
    /// With what is wrong, to follow "the URL".
    case badURL(String)
    case unknownHost(String)
    /// The host is, or has, an address that only trusted URLs may point to.
    case privateAddress(host: String)
    /// Nobody could be connected to; nothing was sent.
    case unreachable(host: String, reason: String)
    /// The host did not prove by its certificate that it is the one; nothing was sent.
    case certificate(host: String)
    case timeout(Duration)
    case bodyTooLarge(limit: Int)
    /// What was sent may have arrived.
    case failed(host: String, reason: String)
    /// So many names are being looked up that no further look-up was begun.
    case busy

    package var description: String {
        switch self {
        case .badURL(let fault): "the URL \(fault)"
        case .unknownHost(let host): "the host name \(host) is unknown: check the URL"
        case .privateAddress(let host):
            "\(host) has an address that is not public: use a public one, or set "
                + "HAZINA_WEBHOOK_ALLOW_PRIVATE=true if tenants may reach the server's own network"
        case .unreachable(let host, let reason):
            "\(host) cannot be connected to (\(reason)): check that it listens there"
        case .certificate(let host):
            "the certificate of \(host) is not accepted: it must be valid, be for that name, and "
                + "come with the chain of an authority that is trusted"
        case .timeout(let limit):
            "there was no whole answer within \(limit.components.seconds) s: answer faster"
        case .bodyTooLarge(let limit): "the answer is longer than \(limit) bytes: shorten it"
        case .failed(let host, let reason): "\(host) did not answer (\(reason))"
        case .busy: "too many host names are being looked up: try again later"
        }
    }
}
