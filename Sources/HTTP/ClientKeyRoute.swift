import App
import HTTPTypes
import Logging

/// `/keys/<id>`: a client's public key, for anybody who has to verify its signatures.
struct ClientKeyRoute: Sendable {
    static let prefix = "/keys/"

    /// The key and its client as JSON; nil if the id is unknown.
    let find: @Sendable (_ id: String) async throws -> String?

    func answer(
        _ method: HTTPRequest.Method, path: String, _ exchange: Exchange
    ) async -> Answer {
        guard method == .get || method == .head else {
            return Answer.refusal(.methodNotAllowed, .methodNotAllowed, "Use GET or HEAD")
                .with(.allow, "GET, HEAD")
        }
        do {
            guard let key = try await find(String(path.dropFirst(Self.prefix.count))) else {
                return .refusal(.notFound, .notFound, "There is no key of this id")
            }
            return .json(.ok, key)
        } catch is BackendUnavailable {
            return Answer.refusal(
                .serviceUnavailable, .serviceUnavailable, "The database is unavailable, try again"
            )
            .with(.retryAfter, "1")
        } catch {
            exchange.logger.error("Reading a client's key failed", metadata: ["error": "\(error)"])
            return .refusal(
                .internalServerError, .internalServerError,
                "Internal server error (request id \(exchange.id))")
        }
    }
}
