import HTTPTypes

/// Which web pages of other origins may use the API from a browser: none, unless the settings name
/// them. Credentials are headers that a page sets itself, never cookies.
package struct CORSPolicy: Sendable {
    private static let maxAgeSeconds = 600
    private static let methods = "GET, POST"
    private static let requestHeaders = [
        "Accept", "Authorization", "Content-Type", "Idempotency-Key", "X-Api-Key", "X-Request-Id",
        "X-Tenant-Id",
    ].joined(separator: ", ")
    private static let answerHeaders = [
        "Idempotency-Replayed", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id",
    ].joined(separator: ", ")

    /// As browsers send them: scheme, host and, unless it is the scheme's own, port.
    private let origins: Set<String>

    package init(origins: Set<String> = []) {
        self.origins = origins
    }

    /// A browser's question whether a page of an allowed origin may send a request.
    func answer(preflight request: HTTPRequest) -> Answer? {
        guard request.method == .options, isAllowed(request.headerFields),
            request.headerFields[.accessControlRequestMethod] != nil
        else { return nil }
        return Answer(status: .noContent, contentType: nil, body: [])
            .with(.accessControlAllowMethods, Self.methods)
            .with(.accessControlAllowHeaders, Self.requestHeaders)
            .with(.accessControlMaxAge, String(Self.maxAgeSeconds))
    }

    /// Adds what lets a page of an allowed origin read the answer.
    func add(to headers: inout HTTPFields, for request: HTTPFields) {
        guard !origins.isEmpty else { return }
        headers[.vary] = headers[.vary].map { $0 + ", Origin" } ?? "Origin"
        guard let origin = request[.origin], origins.contains(origin) else { return }
        headers[.accessControlAllowOrigin] = origin
        headers[.accessControlExposeHeaders] = Self.answerHeaders
    }

    private func isAllowed(_ headers: HTTPFields) -> Bool {
        headers.value(of: .origin).map(origins.contains) ?? false
    }
}
