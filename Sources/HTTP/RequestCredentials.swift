import App
import HTTPTypes

extension HTTPField.Name {
    // Names that the library has no constants for; a name that is no token would be nil.
    private static func custom(_ name: String) -> HTTPField.Name { .init(name) ?? .authorization }

    static let apiKey = custom("x-api-key")
    static let tenantID = custom("x-tenant-id")
    static let host = custom("Host")
    static let requestID = custom("X-Request-Id")
    static let forwardedFor = custom("X-Forwarded-For")
    static let idempotencyKey = custom("Idempotency-Key")
    static let idempotencyReplayed = custom("Idempotency-Replayed")
    static let contentSecurityPolicy = custom("Content-Security-Policy")
    static let referrerPolicy = custom("Referrer-Policy")
    static let frameOptions = custom("X-Frame-Options")
    static let rateLimit = custom("RateLimit")
    static let rateLimitPolicy = custom("RateLimit-Policy")
    static let accelBuffering = custom("X-Accel-Buffering")
}

extension Credentials {
    /// What a request says about who sends it. A header that is empty counts as absent.
    init(_ headers: HTTPFields) {
        self.init(
            apiKey: Self.text(headers.value(of: .apiKey)),
            sessionKey: Self.text(headers.value(of: .authorization)).flatMap(Self.bearerToken),
            tenantID: Self.text(headers.value(of: .tenantID)))
    }

    private static func text(_ value: String?) -> String? {
        guard let value else { return nil }
        let trimmed = Substring(value).trimmingBlanks()
        return trimmed.isEmpty ? nil : String(trimmed)
    }

    /// The key in `Bearer <key>`, or the whole value when it names no scheme. Other schemes
    /// (a proxy's `Basic`, say) are none of ours.
    private static func bearerToken(_ value: String) -> String? {
        guard let blank = value.firstIndex(where: { $0 == " " || $0 == "\t" }) else {
            return value.lowercased() == "bearer" ? nil : value
        }
        guard value[..<blank].lowercased() == "bearer" else { return nil }
        return String(value[blank...].trimmingBlanks())
    }
}
