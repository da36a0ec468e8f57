/// What a request carries from the transport to the services.
package struct RequestContext: Sendable {
    /// What never changes of a request, in one place: its context is copied for every field.
    private final class Request: Sendable {
        let caller: Caller
        let requestID: String
        let logger: RequestLogger
        let clientAddress: String?
        let audit: AuditTrail?
        let reportBadKey: @Sendable () -> Bool
        let observed: OutcomeRecorder?

        init(
            caller: Caller, requestID: String, logger: RequestLogger, clientAddress: String?,
            audit: AuditTrail?, observed: OutcomeRecorder?,
            reportBadKey: @escaping @Sendable () -> Bool
        ) {
            self.caller = caller
            self.requestID = requestID
            self.logger = logger
            self.clientAddress = clientAddress
            self.audit = audit
            self.observed = observed
            self.reportBadKey = reportBadKey
        }
    }

    private let request: Request
    /// What every mutation answers instead of being carried out.
    private(set) var refusal: MutationResponse?
    /// Where mutations record what they answered.
    private(set) var outcome: MutationOutcome?

    package init(
        caller: Caller, requestID: String, logger: RequestLogger, clientAddress: String? = nil,
        audit: AuditTrail? = nil, observed: OutcomeRecorder? = nil,
        reportBadKey: @escaping @Sendable () -> Bool
    ) {
        request = Request(
            caller: caller, requestID: requestID, logger: logger, clientAddress: clientAddress,
            audit: audit, observed: observed, reportBadKey: reportBadKey)
    }

    package var caller: Caller { request.caller }
    /// Sent back as `X-Request-Id`; in every log line of the request.
    package var requestID: String { request.requestID }
    package var logger: RequestLogger { request.logger }
    /// Where the request came from, as the transport knows it.
    package var clientAddress: String? { request.clientAddress }
    /// Where mutations that are audited leave their entries; nil leaves none.
    var audit: AuditTrail? { request.audit }
    /// Counts a wrong key against the client's address; true when its limit has been passed.
    package var reportBadKey: @Sendable () -> Bool { request.reportBadKey }
    /// Where it is noted how the request ended.
    package var observed: OutcomeRecorder? { request.observed }

    /// The tenant that the request works in.
    /// - Throws: `AccessError.unauthenticated` for a caller without one; the access rules refuse
    ///   such callers before any resolver runs.
    package func tenantID() throws -> TenantID {
        guard let tenantID = caller.tenantID else { throw AccessError.unauthenticated }
        return tenantID
    }

    func refused(with refusal: MutationResponse) -> RequestContext {
        var context = self
        context.refusal = refusal
        return context
    }

    func recording(in outcome: MutationOutcome) -> RequestContext {
        var context = self
        context.outcome = outcome
        return context
    }
}
