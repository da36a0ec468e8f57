package import Logging

/// What a request carries from the transport to the services.
package struct RequestContext: Sendable {
    package let caller: Caller
    /// Sent back as `X-Request-Id`; in every log line of the request.
    package let requestID: String
    package let logger: Logger
    /// Where the request came from, as the transport knows it.
    package let clientAddress: String?
    /// Where mutations that are audited leave their entries; nil leaves none.
    let audit: AuditTrail?
    /// Counts a wrong key against the client's address; true when its limit has been passed.
    package let reportBadKey: @Sendable () -> Bool
    /// Where it is noted how the request ended.
    package let observed: OutcomeRecorder?
    /// What every mutation answers instead of being carried out.
    private(set) var refusal: MutationResponse?
    /// Where mutations record what they answered.
    private(set) var outcome: MutationOutcome?

    package init(
        caller: Caller, requestID: String, logger: Logger, clientAddress: String? = nil,
        audit: AuditTrail? = nil, observed: OutcomeRecorder? = nil,
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
