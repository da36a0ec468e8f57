import GraphQL
import HTTPTypes

/// Which documents are run, and where those come from that a request only names by their SHA-256.
enum DocumentPolicy: Sendable {
    /// Every document; those that were sent with their hash once are known by it from then on.
    case any(PersistedDocuments)
    /// Only those that the operator has put down.
    case trusted(TrustedDocuments)

    /// Why a request is not run.
    struct Refusal: Error, Equatable {
        var code: RefusalCode
        var message: String

        /// Clients of the automatic protocol expect 200 when a hash is unknown, and send the
        /// document next; one that asks for GraphQL's own media type reads the status.
        func status(for mediaType: ResponseMediaType) -> HTTPResponse.Status {
            code == .persistedQueryNotFound && mediaType == .json ? .ok : .badRequest
        }
    }

    /// Finds the document that the request names, and checks what it says about it.
    func admit(_ request: GraphQL.Request) throws(Refusal) -> GraphQL.Request {
        var request = request
        let hash = try DocumentHash.claimed(by: request)
        let hasText = !request.query.isEmpty
        if hasText, let hash, DocumentHash(of: request.query) != hash {
            throw Refusal(
                code: .badRequest,
                message: "The SHA-256 of the request is not that of its document")
        }
        switch self {
        case .any(let persisted):
            guard !hasText, let hash else { return request }
            guard persisted.isEnabled else {
                throw Refusal(
                    code: .persistedQueryNotSupported, message: "PersistedQueryNotSupported")
            }
            guard let text = persisted[hash] else {
                throw Refusal(code: .persistedQueryNotFound, message: "PersistedQueryNotFound")
            }
            request.query = text
        case .trusted(let documents):
            guard let text = documents[hash ?? DocumentHash(of: request.query)] else {
                throw Refusal(
                    code: .documentNotTrusted,
                    message: "This server runs only documents that its operator has put down")
            }
            request.query = text
        }
        return request
    }

    /// Keeps the document of a request that turned out to be valid, if it came with its hash.
    func remember(_ request: GraphQL.Request) {
        guard case .any(let persisted) = self, request.persistedHash != nil else { return }
        persisted.insert(request.query)
    }
}
