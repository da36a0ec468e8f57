package import App
package import GraphQL

/// What the transport needs of the application behind it.
///
/// The transport knows HTTP and GraphQL requests; who a caller is and what resolvers need is the
/// application's, and comes in through these three values.
package struct Backend<Context: Sendable>: Sendable {
    /// One request that has arrived, before it is known whose it is.
    package struct Arrival: Sendable {
        package let credentials: Credentials
        /// Where resolvers report a wrong key.
        package let tally: BadKeyTally
        /// Where it is noted how the request ended.
        package var observed: OutcomeRecorder
        private let request: Exchange.Request

        init(_ exchange: Exchange, _ credentials: Credentials, _ tally: BadKeyTally) {
            self.credentials = credentials
            self.tally = tally
            observed = exchange.observed
            request = exchange.request
        }

        package var requestID: String { request.id }
        package var logger: RequestLogger { request.logger }
        /// The client's address, as far as trusted proxies tell it.
        package var client: String? { request.client.map { _ in request.clientText } }
    }

    /// Whose request it is.
    package struct Visitor: Sendable {
        /// The caller has proven who it is.
        package var isKnown: Bool
        /// The request carried a key that is not, or no longer, valid.
        package var hasBadCredential: Bool
        /// The tenant it works in, for the log.
        package var tenant: String?
        /// It is the operator, whichever tenant it works in.
        package var isOperator: Bool
        /// What the resolvers get.
        package var context: Context

        package init(
            isKnown: Bool, hasBadCredential: Bool, tenant: String?, isOperator: Bool = false,
            context: Context
        ) {
            self.isKnown = isKnown
            self.hasBadCredential = hasBadCredential
            self.tenant = tenant
            self.isOperator = isOperator
            self.context = context
        }

        /// Whose part of the server its requests take.
        var group: Admission.Group {
            guard isKnown, !isOperator else { return isOperator ? .operator : .strangers }
            return tenant.map { .tenant($0) } ?? .strangers
        }
    }

    /// What became of an operation that came with `Idempotency-Key`.
    package enum Keyed: Sendable {
        /// It may not come with that key, and was not carried out.
        case refused(String)
        case answered(body: [UInt8], isReplay: Bool)
    }

    /// Carries out an operation under the key of its request.
    package typealias ExecuteKeyed =
        @Sendable (
            _ operation: PreparedOperation, _ request: GraphQL.Request, _ key: String, Context
        ) async -> Keyed

    /// Executes a query.
    package typealias ExecuteQuery = @Sendable (PreparedOperation, Context) async -> Response

    /// Does a request as the visitor that its key belonged to a moment ago.
    /// - Returns: false if it has to be found out first whose the request is; nothing was done
    ///   then.
    /// - Throws: as `identify`.
    package typealias AsRecalled =
        @Sendable (Arrival, _ body: (Visitor) async -> Void) async throws -> Bool

    let engine: Engine<Context>
    private let executeQuery: ExecuteQuery?
    /// The names of all fields of operations themselves.
    var rootFieldNames: [String] { engine.schema.rootFieldNames }
    let executeKeyed: ExecuteKeyed
    let stage: @Sendable (_ rootField: String) -> RequestStage
    let identify: @Sendable (Arrival) async throws -> Visitor
    let asRecalled: AsRecalled
    let readiness: @Sendable () async -> Readiness
    let clientKey: @Sendable (_ id: String) async throws -> String?

    /// - Parameters:
    ///   - executeQuery: executes queries, if that is more than the engine does.
    ///   - executeKeyed: carries out what comes with `Idempotency-Key`.
    ///   - stage: how far that has come which a root field is a step of.
    ///   - identify: finds out whose request it is. A wrong key is no error. When that cannot be
    ///     found out now it throws `BackendUnavailable`, and the request is answered with 503;
    ///     anything else is answered with 500.
    ///   - asRecalled: does a request without finding that out first, where that is possible.
    ///   - readiness: whether requests can be served.
    ///   - clientKey: a client's public key as JSON, nil for an unknown id; throws
    ///     `BackendUnavailable` when that cannot be found out now.
    package init(
        engine: Engine<Context>, executeQuery: ExecuteQuery? = nil,
        executeKeyed: @escaping ExecuteKeyed = { _, _, _, _ in
            .refused("Idempotency-Key is not supported here")
        },
        stage: @escaping @Sendable (_ rootField: String) -> RequestStage = { _ in .underWay },
        identify: @escaping @Sendable (Arrival) async throws -> Visitor,
        asRecalled: @escaping AsRecalled = { _, _ in false },
        readiness: @escaping @Sendable () async -> Readiness,
        clientKey: @escaping @Sendable (_ id: String) async throws -> String? = { _ in nil }
    ) {
        self.engine = engine
        self.executeQuery = executeQuery
        self.executeKeyed = executeKeyed
        self.stage = stage
        self.identify = identify
        self.asRecalled = asRecalled
        self.readiness = readiness
        self.clientKey = clientKey
    }

    /// Executes a query or mutation.
    func execute(_ operation: PreparedOperation, _ context: Context) async -> Response {
        guard let executeQuery, operation.kind == .query else {
            return await engine.execute(operation, context: context)
        }
        return await executeQuery(operation, context)
    }
}

/// What the application needs, its database, is not there at the moment.
package struct BackendUnavailable: Error, CustomStringConvertible {
    /// For the log.
    package let description: String

    package init(_ reason: String) {
        description = reason
    }
}
