import App
import GraphQL
import HTTPTypes
import Logging

/// Answers subscriptions with event streams.
struct SubscriptionRoute<Context: Sendable>: Sendable {
    let backend: Backend<Context>
    let streams: OpenStreams
    let keepAlive: Duration

    /// The stream, or an ordinary answer that says why there is none.
    func answer(
        _ operation: PreparedOperation, _ run: GraphQLRun<Context>, _ exchange: Exchange
    ) async -> Answer {
        guard run.negotiated.eventStreams != .no else {
            return .refusal(
                .notAcceptable, .notAcceptable,
                "Send a subscription by itself and with Accept: text/event-stream",
                as: run.mediaType)
        }
        let place: OpenStreams.Place
        do {
            place = try streams.open(tenant: run.visitor.tenant)
        } catch {
            return Self.refusal(error, run.mediaType)
        }
        do {
            let responses = try await backend.engine.subscribe(
                operation, context: run.visitor.context)
            let stream = EventStream(
                responses: responses, place: place, keepAlive: keepAlive,
                standing: standing(run), logger: exchange.logger.complete)
            var answer = Answer(
                status: .ok, contentType: ServerSentEvent.contentType, body: [])
            answer.stream = { writer, channel in
                try await stream.write(to: &writer, on: channel)
            }
            // Tells nginx, and what took it over from there, to pass events on as they come.
            return answer.with(.accelBuffering, "no")
        } catch {
            return Self.refusal(error as? RequestFailure, run.mediaType)
        }
    }

    /// Looks the caller up again: a stream is as good as its credential is now.
    private func standing(
        _ run: GraphQLRun<Context>
    ) -> @Sendable () async -> EventStream<Context>.Standing {
        let backend = backend
        let credentials = run.arrival.credentials
        guard credentials.apiKey != nil || credentials.sessionKey != nil else {
            return { .valid }
        }
        return {
            guard let visitor = try? await backend.identify(run.arrival) else { return .unknown }
            let isSame =
                visitor.isKnown == run.visitor.isKnown && visitor.tenant == run.visitor.tenant
                && visitor.hasBadCredential == run.visitor.hasBadCredential
            return isSame ? .valid : .revoked
        }
    }

    private static func refusal(
        _ reason: OpenStreams.Refusal, _ mediaType: ResponseMediaType
    ) -> Answer {
        let answer: Answer =
            switch reason {
            case .tooManyOfTenant:
                .refusal(
                    .tooManyRequests, .tooManyRequests,
                    "Too many subscriptions are open, end one first", as: mediaType)
            case .tooMany:
                .refusal(
                    .serviceUnavailable, .serviceUnavailable,
                    "The server has too many subscriptions open, try again later", as: mediaType)
            case .stopping:
                .refusal(
                    .serviceUnavailable, .serviceUnavailable, "The server stops, try again",
                    as: mediaType)
            }
        return answer.with(.retryAfter, reason == .stopping ? "1" : "5")
    }

    /// What kept the resolver from subscribing has a status here: without a stream, the answer is
    /// no execution result. Codes that are not of the caller's making count as faults.
    private static func refusal(
        _ failure: RequestFailure?, _ mediaType: ResponseMediaType
    ) -> Answer {
        guard let failure else {
            return .refusal(
                .internalServerError, .internalServerError, "Internal server error",
                as: mediaType)
        }
        let answer = Answer(
            status: status(failure.errors.first?.code), contentType: mediaType.contentType,
            body: failure.body())
        // RFC 9110, section 15.5.2.
        return answer.status == .unauthorized ? answer.with(.wwwAuthenticate, "Bearer") : answer
    }

    private static func status(_ code: String?) -> HTTPResponse.Status {
        switch code {
        case "UNAUTHENTICATED": .unauthorized
        case "FORBIDDEN": .forbidden
        case "NOT_FOUND": .notFound
        case "CONFLICT": .conflict
        case "TOO_MANY_REQUESTS": .tooManyRequests
        case "SERVICE_UNAVAILABLE": .serviceUnavailable
        case "INTERNAL_SERVER_ERROR": .internalServerError
        default: .badRequest
        }
    }
}
