import App
import HTTPTypes

/// `/healthz` says that the process lives, `/readyz` that it can serve requests.
struct HealthRoutes: Sendable {
    static let paths: Set<String> = ["/healthz", "/readyz"]

    let readiness: @Sendable () async -> Readiness

    func answer(_ method: HTTPRequest.Method, path: String) async -> Answer {
        guard method == .get || method == .head else {
            return Answer.refusal(.methodNotAllowed, .methodNotAllowed, "Use GET or HEAD")
                .with(.allow, "GET, HEAD")
        }
        if path == "/healthz" { return .json(.ok, #"{"status":"ok"}"#) }
        switch await readiness() {
        case .ready:
            return .json(.ok, #"{"status":"ready"}"#)
        case .unavailable(let reason):
            var body = #"{"status":"unavailable","reason":"#
            body.appendJSONString(reason)
            return Answer.json(.serviceUnavailable, body + "}").with(.retryAfter, "1")
        }
    }
}
