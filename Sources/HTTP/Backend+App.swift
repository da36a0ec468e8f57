package import App

extension Backend where Context == RequestContext {
    /// The payments application as the transport sees it.
    package init(_ app: App) {
        self.init(
            engine: app.engine,
            identify: { arrival in
                let caller: Caller
                do {
                    caller = try await app.authenticate(arrival.credentials)
                } catch  where isUnavailability(error) || error is CancellationError {
                    throw BackendUnavailable("\(error)")
                }
                let tally = arrival.tally
                return Visitor(
                    isKnown: caller.isKnown, hasBadCredential: caller.badCredential,
                    tenant: caller.tenantID?.description,
                    context: RequestContext(
                        caller: caller, requestID: arrival.requestID, logger: arrival.logger,
                        // Who has proven who it is does not guess; its users' expired sessions
                        // are not held against it.
                        reportBadKey: { caller.isKnown ? false : tally.reportBadKey() }))
            },
            readiness: { await app.readiness() })
    }
}
