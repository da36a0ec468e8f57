import GraphQL
import HTTPTypes
import Hummingbird
import NIOCore

/// Reads the GraphQL requests that an HTTP request carries.
struct GraphQLRequestReader: Sendable {
    /// Something to run, or the answer that says why not.
    enum Reading: Sendable {
        case request(GraphQL.Request)
        case batch([GraphQL.Request])
        case refused(Answer)
    }

    let bodyReader: RequestBodyReader
    /// The most requests in one body that is a list; 0 refuses lists.
    let maxBatch: Int

    /// - Parameters:
    ///   - mediaType: the type of an answer that refuses.
    ///   - channel: the request's connection.
    /// - Throws: only what reading the body from the connection throws.
    func read(
        _ request: ServerRequest, as mediaType: ResponseMediaType, on channel: any Channel
    ) async throws -> Reading {
        request.method == .post
            ? try await readBody(of: request, mediaType, on: channel)
            : readQuery(of: request, mediaType)
    }

    private func readBody(
        of request: ServerRequest, _ mediaType: ResponseMediaType, on channel: any Channel
    ) async throws -> Reading {
        if let problem = Self.contentTypeProblem(request.headers) {
            return .refused(
                .refusal(.unsupportedMediaType, .unsupportedMediaType, problem, as: mediaType))
        }
        if let coding = request.headers.value(of: .transferEncoding),
            coding.lowercased() != "chunked"
        {
            return .refused(
                Answer.refusal(
                    .notImplemented, .badRequest, "The Transfer-Encoding must be chunked alone",
                    as: mediaType
                ).closingConnection())
        }
        let coding: ContentCoding?
        switch ContentCoding.ofRequest(request.headers.value(of: .contentEncoding)) {
        case .none: coding = nil
        case .coded(let named): coding = named
        case .unsupported:
            return .refused(
                Answer.refusal(
                    .unsupportedMediaType, .unsupportedMediaType,
                    "The Content-Encoding must be one of: \(ContentCoding.accepted)", as: mediaType
                ).with(.acceptEncoding, ContentCoding.accepted))
        }
        let outcome = try await bodyReader.read(request, coding, on: channel)
        guard case .complete(let bytes) = outcome else {
            return .refused(refusal(of: outcome, mediaType).closingConnection())
        }
        return Self.reading(as: mediaType) {
            let requests = try GraphQL.Request.all(json: bytes, maxBatch: maxBatch)
            guard let first = requests.first, !Self.isBatch(bytes) else {
                return .batch(requests)
            }
            return .request(first)
        }
    }

    /// The answer to a body that was not read to its end.
    private func refusal(
        of outcome: RequestBodyReader.Outcome, _ mediaType: ResponseMediaType
    ) -> Answer {
        switch outcome {
        case .tooLarge:
            .refusal(
                .contentTooLarge, .contentTooLarge,
                "The request body is larger than \(bodyReader.limit) bytes", as: mediaType)
        case .tooSlow:
            .refusal(
                .requestTimeout, .requestTimeout, "The request body took too long to arrive",
                as: mediaType)
        case .complete, .malformed:
            .refusal(
                .badRequest, .badRequest,
                "The request body is not compressed as its Content-Encoding says", as: mediaType)
        }
    }

    private func readQuery(of request: ServerRequest, _ mediaType: ResponseMediaType) -> Reading {
        let parameters: [String: String]
        do {
            parameters = try QueryString.decode(request.uri.query ?? "")
        } catch {
            let message =
                switch error {
                case .invalidUTF8: "The query of the URL is not UTF-8"
                case .repeated(let name): "The parameter '\(name.prefix(40))' is given twice"
                }
            return .refused(.refusal(.badRequest, .badRequest, message, as: mediaType))
        }
        return Self.reading(as: mediaType) {
            .request(try GraphQL.Request(queryParameters: parameters))
        }
    }

    private static func reading(
        as mediaType: ResponseMediaType, _ read: () throws -> Reading
    ) -> Reading {
        do {
            return try read()
        } catch let failure as RequestFailure {
            return .refused(
                Answer(
                    status: .badRequest, contentType: mediaType.contentType, body: failure.body()))
        } catch {
            return .refused(
                .refusal(.badRequest, .badRequest, "The request cannot be read", as: mediaType))
        }
    }

    private static func isBatch(_ body: [UInt8]) -> Bool {
        let first = body.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }
        return first == UInt8(ascii: "[")
    }

    private static func contentTypeProblem(_ headers: HTTPFields) -> String? {
        guard let value = headers.value(of: .contentType) else {
            return "A POST needs Content-Type: application/json"
        }
        if value == "application/json" { return nil }
        let contentType = MediaRange(Substring(value))
        guard contentType.name == "application/json" else {
            return "The Content-Type must be application/json"
        }
        guard contentType.allowsUTF8 else { return "The charset must be utf-8" }
        return nil
    }
}
