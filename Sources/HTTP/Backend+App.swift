package import App
import GraphQL

// Hummingbird has a `RequestContext`, too.
typealias AppContext = RequestContext

extension Backend where Context == RequestContext {
    /// The payments application as the transport sees it.
    package init(_ app: App) {
        self.init(
            engine: app.engine,
            executeQuery: Self.executeQuery(app),
            executeKeyed: { operation, request, text, context in
                do {
                    let key = try IdempotencyKey(text)
                    if let refusal = IdempotencyKey.refusal(of: operation, in: app.engine.schema) {
                        return .refused(refusal)
                    }
                    let answer = await app.execute(operation, request, under: key, in: context)
                    return .answered(body: answer.body, isReplay: answer.isReplay)
                } catch {
                    return .refused((error as? InvalidInput)?.message ?? "Bad Idempotency-Key")
                }
            },
            stage: { field in
                switch field {
                case "createIncomingPayment", "createReceiver": .first
                case "createQuote": .early
                default: .underWay
                }
            },
            identify: { arrival in
                let caller: Caller
                do {
                    caller = try await app.authenticate(arrival.credentials)
                } catch  where isUnavailability(error) || error is CancellationError {
                    throw BackendUnavailable("\(error)")
                }
                return Visitor(caller, arrival, app)
            },
            asRecalled: { arrival, body in
                do {
                    return try await app.asRecalled(arrival.credentials) { caller in
                        await body(Visitor(caller, arrival, app))
                    }
                } catch  where isUnavailability(error) || error is CancellationError {
                    throw BackendUnavailable("\(error)")
                }
            },
            readiness: { await app.readiness() },
            clientKey: { id in
                do {
                    return try await app.clientKey(id: id)
                } catch  where isUnavailability(error) {
                    throw BackendUnavailable("\(error)")
                }
            })
    }

    private static func executeQuery(_ app: App) -> ExecuteQuery? {
        guard app.hasStandby else { return nil }
        return { operation, context in await app.execute(operation, in: context) }
    }
}

extension Backend<RequestContext>.Visitor {
    fileprivate init(_ caller: Caller, _ arrival: Backend<RequestContext>.Arrival, _ app: App) {
        let tally = arrival.tally
        self.init(
            isKnown: caller.isKnown, hasBadCredential: caller.badCredential,
            tenant: caller.tenantID?.description, isOperator: caller.isOperator,
            context: RequestContext(
                caller: caller, requestID: arrival.requestID, logger: arrival.logger,
                clientAddress: arrival.client, audit: app.audit, observed: arrival.observed,
                // Who has proven who it is does not guess; its users' expired sessions are not held
                // against it.
                reportBadKey: { caller.isKnown ? false : tally.reportBadKey() }))
    }
}
