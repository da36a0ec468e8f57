import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// What every answer tells browsers, so that none is taken for a page, kept, framed or sniffed.
struct SecurityHeaders: Sendable {
    /// The server itself speaks TLS: browsers shall come back by nothing else.
    let isSecure: Bool

    private static let always = [
        HTTPField(name: .xContentTypeOptions, value: "nosniff"),
        HTTPField(name: .cacheControl, value: "no-store"),
        HTTPField(
            name: .contentSecurityPolicy, value: "default-src 'none'; frame-ancestors 'none'"),
        HTTPField(name: .referrerPolicy, value: "no-referrer"),
        HTTPField(name: .frameOptions, value: "DENY"),
    ]

    /// Appends them: no answer has any of them before.
    func add(to headers: inout HTTPFields) {
        for field in Self.always { headers.append(field) }
        if isSecure {
            headers.append(HTTPField(name: .strictTransportSecurity, value: "max-age=31536000"))
        }
    }

    /// Adds them to answers that did not come from a route: those to what is no HTTP request.
    final class Handler: ChannelOutboundHandler, RemovableChannelHandler {
        typealias OutboundIn = HTTPResponsePart
        typealias OutboundOut = HTTPResponsePart

        private let headers: SecurityHeaders

        init(_ headers: SecurityHeaders) {
            self.headers = headers
        }

        func write(
            context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
        ) {
            guard case .head(var head) = unwrapOutboundIn(data),
                head.status.kind != .informational,
                // By a look along the few there are; a search by name makes an index of all first.
                !head.headerFields.contains(where: { $0.name == .requestID })
            else { return context.write(data, promise: promise) }
            headers.add(to: &head.headerFields)
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        }
    }
}
