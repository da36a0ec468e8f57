import App
import GraphQL
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// `/graphql`: GraphQL over HTTP.
/// https://graphql.github.io/graphql-over-http/draft/
struct GraphQLRoute<Context: Sendable>: Sendable {
    static var path: String { "/graphql" }

    let backend: Backend<Context>
    let admission: Admission
    /// Nil where there are no limits.
    let rates: RateLimiter?
    let limiter: BadKeyLimiter
    let reader: GraphQLRequestReader
    let subscriptions: SubscriptionRoute<Context>
    let documents: DocumentPolicy
    /// Nil where nobody traces.
    let tracing: RequestTracing?
    /// Callers without a key may read the schema.
    let allowsAnonymousIntrospection: Bool
    /// Answers are compressed for clients that accept it.
    let compresses: Bool

    /// - Throws: only what reading the body from the connection throws.
    func answer(
        _ request: ServerRequest, on channel: any Channel, _ exchange: inout Exchange
    ) async throws -> Answer {
        guard request.method == .post || request.method == .get else {
            return Answer.refusal(
                .methodNotAllowed, .methodNotAllowed, "Use POST, or GET for queries"
            ).with(.allow, "GET, POST")
        }
        guard let negotiated = Negotiated.choose(accept: request.headers.value(of: .accept)) else {
            return .refusal(
                .notAcceptable, .notAcceptable,
                "Accept must allow application/graphql-response+json or application/json")
        }
        if compresses, let codings = request.headers.value(of: .acceptEncoding),
            AcceptedCodings(codings).isUnservable
        {
            return .refusal(
                .notAcceptable, .notAcceptable,
                "Accept-Encoding must allow \(ContentCoding.accepted) or identity",
                as: negotiated.mediaType)
        }
        let reading = try await reader.read(request, as: negotiated.mediaType, on: channel)
        if case .refused(let answer) = reading { return answer }
        return await admitted(reading, request, negotiated, on: channel, &exchange)
    }

    /// Answers a request that was read, once there is room for it.
    func answer(
        _ reading: GraphQLRequestReader.Reading, _ request: ServerRequest,
        _ credentials: Credentials, _ negotiated: Negotiated, _ admitted: AdmittedRequest,
        _ exchange: inout Exchange
    ) async -> Answer {
        let tally = BadKeyTally(limiter: limiter, client: exchange.client)
        let arrival = Backend<Context>.Arrival(exchange, credentials, tally)
        let idempotencyKey = request.headers.value(of: .idempotencyKey)
        let run = { (arrival: Backend<Context>.Arrival, visitor: Backend<Context>.Visitor) in
            GraphQLRun(
                arrival: arrival, visitor: visitor, method: request.method,
                negotiated: negotiated, idempotencyKey: idempotencyKey)
        }
        // A tenant whose own requests wait for each other would only take processors from others by
        // it: its look-ups, which many requests share, leave those some.
        if case .request = reading, idempotencyKey == nil, !admission.isCrowded(admitted.group),
            let answer = await recalled(
                reading, arrival, admitted, negotiated.mediaType, &exchange, run)
        {
            return answer
        }
        switch await identify(arrival, admitted, negotiated.mediaType, &exchange) {
        case .refused(let refusal): return refusal
        case .visitor(let visitor):
            return await answer(reading, run(arrival, visitor), admitted, &exchange)
        }
    }

    /// Answers a request as whose it was a moment ago.
    /// - Returns: nil if it has to be found out first whose it is.
    private func recalled(
        _ reading: GraphQLRequestReader.Reading, _ arrival: Backend<Context>.Arrival,
        _ admitted: AdmittedRequest, _ mediaType: ResponseMediaType, _ exchange: inout Exchange,
        _ run: @escaping (Backend<Context>.Arrival, Backend<Context>.Visitor) -> GraphQLRun<Context>
    ) async -> Answer? {
        // What is noted of it counts only if the answer does.
        var attempt = exchange
        attempt.observed = OutcomeRecorder()
        var arrival = arrival
        arrival.observed = attempt.observed
        var answer: Answer?
        do {
            let isCertain = try await backend.asRecalled(arrival) { visitor in
                var run = run(arrival, visitor)
                run.isRecalled = true
                note(visitor, admitted, &attempt)
                answer = await self.answer(reading, run, admitted, &attempt)
            }
            guard isCertain, !attempt.needsIdentity else { return nil }
            exchange = attempt
            return answer
        } catch {
            return unidentified(error, mediaType, exchange)
        }
    }

    private func answer(
        _ reading: GraphQLRequestReader.Reading, _ run: GraphQLRun<Context>,
        _ admitted: AdmittedRequest, _ exchange: inout Exchange
    ) async -> Answer {
        let standing = admitted.standing ?? charge(run.visitor.group, admitted.credential)
        if let standing, standing.secondsToWait != nil {
            return tooFast(standing, run.mediaType, exchange)
        }
        let answer = await answer(reading, run, &exchange)
        return standing.map { answer.with($0) } ?? answer
    }

    // MARK: The caller

    /// Who sends a request, or the answer that says why it goes no further.
    private enum Identified {
        case visitor(Backend<Context>.Visitor)
        case refused(Answer)
    }

    private func identify(
        _ arrival: Backend<Context>.Arrival, _ admitted: AdmittedRequest,
        _ mediaType: ResponseMediaType, _ exchange: inout Exchange
    ) async -> Identified {
        let visitor: Backend<Context>.Visitor
        do {
            visitor = try await backend.identify(arrival)
        } catch {
            return .refused(unidentified(error, mediaType, exchange))
        }
        note(visitor, admitted, &exchange)
        guard visitor.hasBadCredential, arrival.tally.reportBadKey() else {
            return .visitor(visitor)
        }
        return .refused(
            Answer.refusal(
                .tooManyRequests, .tooManyRequests,
                "Too many wrong keys from this address, try again later", as: mediaType
            ).with(.retryAfter, String(arrival.tally.secondsToWait ?? 1)))
    }

    private func note(
        _ visitor: Backend<Context>.Visitor, _ admitted: AdmittedRequest,
        _ exchange: inout Exchange
    ) {
        if visitor.group != admitted.group {
            admission.note(visitor.group, of: admitted.credential)
        }
        exchange.tenant = visitor.tenant
        exchange.hasBadKey = visitor.hasBadCredential
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

    // MARK: Running

    private func answer(
        _ reading: GraphQLRequestReader.Reading, _ run: GraphQLRun<Context>,
        _ exchange: inout Exchange
    ) async -> Answer {
        var answer: Answer
        switch reading {
        case .refused(let refusal): return refusal
        case .request(let operation): answer = await execute(operation, run, &exchange)
        case .batch where run.idempotencyKey != nil:
            return .refusal(
                .badRequest, .badRequest,
                "Idempotency-Key needs a request with exactly one mutation field",
                as: run.mediaType)
        case .batch(let operations): answer = await executeAll(operations, run, &exchange)
        }
        guard let seconds = run.arrival.tally.secondsToWait, answer.stream == nil else {
            return exchange.observed.hasUnavailable ? answer.with(.retryAfter, "1") : answer
        }
        answer.status = .tooManyRequests
        return answer.with(.retryAfter, String(seconds))
    }

    /// One after the other, so that a mutation is seen by what stands after it.
    private func executeAll(
        _ operations: [GraphQL.Request], _ run: GraphQLRun<Context>, _ exchange: inout Exchange
    ) async -> Answer {
        var run = run
        run.negotiated.eventStreams = .no
        var answers: [Answer] = []
        for operation in operations {
            answers.append(await execute(operation, run, &exchange))
        }
        exchange.operation = OperationLabel.batch
        let isRefused = answers.allSatisfy { $0.status == .serviceUnavailable }
        var answer = Answer(
            status: isRefused ? .serviceUnavailable : .ok,
            contentType: run.mediaType.contentType,
            body: Array("[".utf8) + answers.map(\.body).joined(separator: ",".utf8)
                + Array("]".utf8))
        answer.isCompressible = answers.allSatisfy(\.isCompressible)
        return answer
    }

    private func execute(
        _ request: GraphQL.Request, _ run: GraphQLRun<Context>, _ exchange: inout Exchange
    ) async -> Answer {
        let operation: GraphQL.Request
        do {
            operation = try documents.admit(request)
        } catch {
            return .refusal(
                error.status(for: run.mediaType), error.code, error.message, as: run.mediaType)
        }
        let prepared: PreparedOperation
        switch backend.engine.prepare(
            operation, allowIntrospection: allowsAnonymousIntrospection || run.visitor.isKnown)
        {
        case .failure(let failure):
            exchange.observed.note(.clientError)
            return Answer(
                status: Self.refusedDocumentStatus(run.negotiated),
                contentType: run.mediaType.contentType, body: failure.body())
        case .success(let valid):
            prepared = valid
            documents.remember(operation)
        }
        exchange.operationKind = prepared.kind.rawValue
        exchange.operationName = prepared.name
        exchange.operation = prepared.label
        if prepared.kind == .subscription {
            guard !run.isRecalled else {
                // A stream outlasts what is recalled. This answer is not used.
                exchange.needsIdentity = true
                return Answer(status: .unauthorized, contentType: "", body: [])
            }
            return await RequestDeadline.by(nil) {
                await subscriptions.answer(prepared, run, exchange)
            }
        }
        if run.method == .get, prepared.kind != .query {
            return Answer.refusal(
                .methodNotAllowed, .methodNotAllowed,
                "Send a \(prepared.kind.rawValue) by POST", as: run.mediaType
            ).with(.allow, "POST")
        }
        if let key = run.idempotencyKey {
            return await execute(prepared, operation, under: key, run)
        }
        let response = await traced(prepared) {
            await backend.execute(prepared, run.visitor.context)
        }
        if response.hasErrors { exchange.observed.note(.clientError) }
        if response.errors.contains(where: \.isUnavailability) {
            exchange.observed.noteUnavailable()
            if response.isRefusal(of: prepared), run.negotiated.eventStreams != .preferred {
                return .unavailable(response.errors, as: run.mediaType)
            }
        }
        return answer(response.body, prepared, run)
    }

    private func execute(
        _ prepared: PreparedOperation, _ request: GraphQL.Request, under key: String,
        _ run: GraphQLRun<Context>
    ) async -> Answer {
        let keyed = await traced(prepared) {
            await backend.executeKeyed(prepared, request, key, run.visitor.context)
        }
        switch keyed {
        case .refused(let reason):
            return .refusal(.badRequest, .badRequest, reason, as: run.mediaType)
        case .answered(let body, let isReplay):
            let answer = answer(body, prepared, run)
            return isReplay ? answer.with(.idempotencyReplayed, "true") : answer
        }
    }

    private func traced<Result>(
        _ operation: PreparedOperation, _ execute: () async -> Result
    ) async -> Result {
        guard let tracing else { return await execute() }
        return await tracing.execution(operation, execute)
    }

    private func answer(
        _ body: [UInt8], _ prepared: PreparedOperation, _ run: GraphQLRun<Context>
    ) -> Answer {
        var answer = Answer(status: .ok, contentType: run.mediaType.contentType, body: body)
        if run.negotiated.eventStreams == .preferred {
            answer.contentType = ServerSentEvent.contentType
            answer.body = ServerSentEvent.whole(body)
        }
        answer.isCompressible = prepared.kind == .query
        return answer
    }

    /// The status for a document that cannot be parsed, validated or coerced: 400, but 200 for a
    /// client that asks for `application/json` by that name. Such a client may be of the kind that
    /// reads a body only with 200; the audits of GraphQL over HTTP ask for both (556A, 572B).
    private static func refusedDocumentStatus(_ negotiated: Negotiated) -> HTTPResponse.Status {
        let isPlain = negotiated.mediaType == .json && negotiated.isNamed
        return isPlain && negotiated.eventStreams != .preferred ? .ok : .badRequest
    }
}

/// What running an operation needs beside it.
struct GraphQLRun<Context: Sendable>: Sendable {
    let arrival: Backend<Context>.Arrival
    let visitor: Backend<Context>.Visitor
    let method: HTTPRequest.Method
    var negotiated: Negotiated
    /// The header `Idempotency-Key`.
    let idempotencyKey: String?
    /// Whose request it is was not looked up for it.
    var isRecalled = false

    var mediaType: ResponseMediaType { negotiated.mediaType }
}
