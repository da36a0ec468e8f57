import App
import GraphQL
import HTTPTypes
import Hummingbird
import NIOCore

/// A request that was let in, before it is known whose it is.
struct AdmittedRequest: Sendable {
    /// The number of what it came with.
    let credential: Int?
    /// Whose part of the server it takes.
    let group: Admission.Group
    /// How it stands with its caller's limits; nil if that is not known yet, or there are none.
    let standing: RateStanding?
}

extension GraphQLRoute {
    /// Answers a request once there is room for it, or at once that there will be none in time.
    func admitted(
        _ reading: GraphQLRequestReader.Reading, _ request: ServerRequest,
        _ negotiated: Negotiated, on channel: any Channel, _ exchange: inout Exchange
    ) async -> Answer {
        let credentials = Credentials(request.headers)
        let credential = Admission.number(of: credentials)
        // What is over its limit shall cost nothing, least of all the database.
        var standing: RateStanding?
        if rates != nil {
            standing = charge(admission.group(of: credential), credential)
            if let standing, standing.secondsToWait != nil {
                return tooFast(standing, negotiated.mediaType, exchange)
            }
        }
        let deadline = ContinuousClock.now.advanced(by: admission.limits.requestTime)
        let group: Admission.Group
        switch admission.enter(credential) {
        case .admitted(let entered):
            group = entered
        case .full(let waiting):
            let stage = stage(of: reading)
            guard !admission.refuses(waiting, stage),
                await admission.wait(as: waiting, stage, departure: try? await .of(channel))
            else { return noRoom(negotiated.mediaType, exchange) }
            group = waiting
        }
        defer { admission.leave(group) }
        let admitted = AdmittedRequest(credential: credential, group: group, standing: standing)
        return await RequestDeadline.by(deadline) {
            await answer(reading, request, credentials, negotiated, admitted, &exchange)
        }
    }

    /// Counts a request against its caller's limits; the operator has none.
    /// - Returns: nil where nothing is limited.
    func charge(_ group: Admission.Group, _ credential: Int?) -> RateStanding? {
        guard let rates, let credential, let tenant = group.tenantNumber else { return nil }
        return rates.charge(tenant: tenant, key: credential)
    }

    func tooFast(
        _ standing: RateStanding, _ mediaType: ResponseMediaType, _ exchange: Exchange
    ) -> Answer {
        exchange.observed.note(.refused)
        return Answer.refusal(
            .tooManyRequests, .tooManyRequests, "Too many requests a second, slow down",
            as: mediaType
        ).with(.retryAfter, String(standing.secondsToWait ?? 1)).with(standing)
    }

    private func noRoom(_ mediaType: ResponseMediaType, _ exchange: Exchange) -> Answer {
        exchange.observed.note(.refused)
        return Answer.refusal(
            .serviceUnavailable, .serviceUnavailable, "The server is busy, try again",
            as: mediaType
        ).with(.retryAfter, "1")
    }

    /// Looked at only where a request has to wait.
    private func stage(of reading: GraphQLRequestReader.Reading) -> RequestStage {
        guard case .request(let request) = reading,
            let operation = try? documents.admit(request),
            case .success(let prepared) = backend.engine.prepare(operation)
        else { return .underWay }
        return prepared.rootFieldNames.map { backend.stage($0) }.max() ?? .underWay
    }
}
