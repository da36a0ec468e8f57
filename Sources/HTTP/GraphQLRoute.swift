import App
import GraphQL
import HTTPTypes
import Hummingbird
import Logging

/// `/graphql`: GraphQL over HTTP.
/// https://graphql.github.io/graphql-over-http/draft/
struct GraphQLRoute<Context: Sendable>: Sendable {
    let backend: Backend<Context>
    let limiter: BadKeyLimiter
    let bodyReader: RequestBodyReader
    /// Callers without a key may read the schema.
    let allowsAnonymousIntrospection: Bool
    /// The most requests in one body that is a list; 0 refuses lists.
    let maxBatch: Int

    /// What reading the request gives: something to run, or the answer that says why not.
    private enum Reading {
        case request(GraphQL.Request)
        case batch([GraphQL.Request])
        case refused(Answer)
    }

    /// - Throws: only what reading the body from the connection throws.
    func answer(_ request: ServerRequest, _ exchange: inout Exchange) async throws -> Answer {
        guard request.method == .post || request.method == .get else {
            return Answer.refusal(
                .methodNotAllowed, .methodNotAllowed, "Use POST, or GET for queries"
            ).with(.allow, "GET, POST")
        }
        guard let negotiated = Negotiated.choose(accept: request.headers[.accept]) else {
            return .refusal(
                .notAcceptable, .notAcceptable,
                "Accept must allow application/graphql-response+json or application/json")
        }
        let reading =
            request.method == .post
            ? try await readBody(of: request, negotiated.mediaType)
            : readQuery(of: request, negotiated.mediaType)
        if case .refused(let answer) = reading { return answer }
        let tally = BadKeyTally(limiter: limiter, client: exchange.client)
        switch await identify(request, negotiated.mediaType, tally, &exchange) {
        case .refused(let answer): return answer
        case .visitor(let visitor):
            let run = Run(
                visitor: visitor, method: request.method, negotiated: negotiated, tally: tally)
            return await answer(reading, run, &exchange)
        }
    }

    // MARK: Reading

    private func readBody(
        of request: ServerRequest, _ mediaType: ResponseMediaType
    ) async throws -> Reading {
        if let problem = Self.contentTypeProblem(request.headers) {
            return .refused(
                .refusal(.unsupportedMediaType, .unsupportedMediaType, problem, as: mediaType))
        }
        switch try await bodyReader.read(request) {
        case .tooLarge:
            return .refused(
                Answer.refusal(
                    .contentTooLarge, .contentTooLarge,
                    "The request body is larger than \(bodyReader.limit) bytes", as: mediaType
                ).closingConnection())
        case .tooSlow:
            return .refused(
                Answer.refusal(
                    .requestTimeout, .requestTimeout, "The request body took too long to arrive",
                    as: mediaType
                ).closingConnection())
        case .complete(let bytes):
            return Self.reading(as: mediaType) {
                let requests = try GraphQL.Request.all(json: bytes, maxBatch: maxBatch)
                guard let first = requests.first, !Self.isBatch(bytes) else {
                    return .batch(requests)
                }
                return .request(first)
            }
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
        guard let value = headers[.contentType] else {
            return "A POST needs Content-Type: application/json"
        }
        let contentType = MediaRange(Substring(value))
        guard contentType.name == "application/json" else {
            return "The Content-Type must be application/json"
        }
        guard contentType.allowsUTF8 else { return "The charset must be utf-8" }
        if let encoding = headers[.contentEncoding], encoding.lowercased() != "identity" {
            return "The request body must not be compressed"
        }
        return nil
    }

    // MARK: Running

    /// Who sends a request, or the answer that says why it goes no further.
    private enum Identified {
        case visitor(Backend<Context>.Visitor)
        case refused(Answer)
    }

    /// What running an operation needs beside it.
    private struct Run {
        let visitor: Backend<Context>.Visitor
        let method: HTTPRequest.Method
        let negotiated: Negotiated
        let tally: BadKeyTally

        var mediaType: ResponseMediaType { negotiated.mediaType }
    }

    private func identify(
        _ request: ServerRequest, _ mediaType: ResponseMediaType, _ tally: BadKeyTally,
        _ exchange: inout Exchange
    ) async -> Identified {
        let visitor: Backend<Context>.Visitor
        do {
            visitor = try await backend.identify(
                .init(
                    credentials: Credentials(request.headers), requestID: exchange.id,
                    logger: exchange.logger, tally: tally))
        } catch {
            return .refused(unidentified(error, mediaType, exchange))
        }
        exchange.tenant = visitor.tenant
        exchange.hasBadKey = visitor.hasBadCredential
        guard visitor.hasBadCredential, tally.reportBadKey() else { return .visitor(visitor) }
        return .refused(
            Answer.refusal(
                .tooManyRequests, .tooManyRequests,
                "Too many wrong keys from this address, try again later", as: mediaType
            ).with(.retryAfter, String(tally.secondsToWait ?? 1)))
    }

    private func answer(
        _ reading: Reading, _ run: Run, _ exchange: inout Exchange
    ) async -> Answer {
        var answer: Answer
        switch reading {
        case .refused(let refusal): return refusal
        case .request(let operation): answer = await execute(operation, run, &exchange)
        case .batch(let operations):
            // One after the other, so that a mutation is seen by what stands after it.
            var bodies: [[UInt8]] = []
            for operation in operations {
                bodies.append(await execute(operation, run, &exchange).body)
            }
            answer = Answer(
                status: .ok, contentType: run.mediaType.contentType,
                body: Array("[".utf8) + bodies.joined(separator: ",".utf8) + Array("]".utf8))
        }
        guard let seconds = run.tally.secondsToWait else { return answer }
        answer.status = .tooManyRequests
        return answer.with(.retryAfter, String(seconds))
    }

    private func execute(
        _ operation: GraphQL.Request, _ run: Run, _ exchange: inout Exchange
    ) async -> Answer {
        let prepared = backend.engine.prepare(
            operation, allowIntrospection: allowsAnonymousIntrospection || run.visitor.isKnown)
        switch prepared {
        case .failure(let failure):
            return Answer(
                status: Self.refusedDocumentStatus(run.negotiated),
                contentType: run.mediaType.contentType, body: failure.body())
        case .success(let prepared):
            exchange.operationKind = prepared.kind.rawValue
            exchange.operationName = prepared.name
            if run.method == .get, prepared.kind != .query {
                return Answer.refusal(
                    .methodNotAllowed, .methodNotAllowed,
                    "Send a \(prepared.kind.rawValue) by POST", as: run.mediaType
                ).with(.allow, "POST")
            }
            guard prepared.kind != .subscription else {
                return Answer.refusal(
                    .badRequest, .badRequest, "Subscriptions are not served at this path",
                    as: run.mediaType)
            }
            let response = await backend.engine.execute(prepared, context: run.visitor.context)
            return Answer(
                status: .ok, contentType: run.mediaType.contentType, body: response.body)
        }
    }

    private func unidentified(
        _ error: any Error, _ mediaType: ResponseMediaType, _ exchange: Exchange
    ) -> Answer {
        exchange.logger.error(
            "The caller could not be looked up", metadata: ["error": .string("\(error)")])
        guard error is BackendUnavailable else {
            return .refusal(
                .internalServerError, .internalServerError, "Internal server error",
                as: mediaType, requestID: exchange.id)
        }
        return Answer.refusal(
            .serviceUnavailable, .serviceUnavailable,
            "The server cannot reach its database, try again", as: mediaType
        ).with(.retryAfter, "1")
    }

    /// The status for a document that cannot be parsed, validated or coerced: 400, but 200 for a
    /// client that asks for `application/json` by that name. Such a client may be of the kind that
    /// reads a body only with 200; the audits of GraphQL over HTTP ask for both (556A, 572B).
    private static func refusedDocumentStatus(_ negotiated: Negotiated) -> HTTPResponse.Status {
        negotiated.mediaType == .json && negotiated.isNamed ? .ok : .badRequest
    }
}
