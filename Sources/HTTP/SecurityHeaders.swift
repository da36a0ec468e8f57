import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// What every answer tells browsers, so that none is taken for a page, kept, framed or sniffed.
struct SecurityHeaders: Sendable {
    /// The server itself speaks TLS: browsers shall come back by nothing else.
    let isSecure: Bool

    func add(to headers: inout HTTPFields) {
        headers[.xContentTypeOptions] = "nosniff"
        headers[.cacheControl] = "no-store"
        headers[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        headers[.referrerPolicy] = "no-referrer"
        headers[.frameOptions] = "DENY"
        if isSecure { headers[.strictTransportSecurity] = "max-age=31536000" }
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
                head.status.kind != .informational, head.headerFields[.requestID] == nil
            else { return context.write(data, promise: promise) }
            headers.add(to: &head.headerFields)
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        }
    }
}
