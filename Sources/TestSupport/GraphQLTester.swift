package import App
import Foundation
import GraphQL
package import Ledger
package import Logging
package import Postgres
import Synchronization

/// The server's API without its transport: what a request with these headers would be answered.
package struct GraphQLTester: Sendable {
    package static let operatorKey = "operator-key-for-tests-0123456789abcdef"
    package static let previousOperatorKey = "previous-operator-key-for-tests-01234567"

    package let app: App
    package let pool: Pool
    package let database: TestDatabase
    /// How many wrong keys the resolvers have reported.
    package let badKeys = BadKeyCount()

    package final class BadKeyCount: Sendable {
        private let state = Mutex<(count: Int, limit: Int)>((0, .max))

        package var count: Int { state.withLock { $0.count } }

        package func limit(_ limit: Int) { state.withLock { $0.limit = limit } }

        func report() -> Bool {
            state.withLock { state in
                state.count += 1
                return state.count > state.limit
            }
        }
    }

    /// Runs `body` with a server of its own on a database of its own.
    package static func with<Result: Sendable>(
        poolSize: Int = 4, sessionMinutes: Int = 30, sessionMaximumHours: Int = 24,
        configure: (inout AppConfiguration) -> Void = { _ in },
        _ body: (GraphQLTester) async throws -> Result
    ) async throws -> Result {
        try await TestDatabase.with { database in
            try await with(
                database, poolSize: poolSize, sessionMinutes: sessionMinutes,
                sessionMaximumHours: sessionMaximumHours, configure: configure, body)
        }
    }

    /// Runs `body` with a server on a given database, as one more process of several.
    /// - Parameter standby: makes what queries are read from beside the primary.
    package static func with<Result: Sendable>(
        _ database: TestDatabase, poolSize: Int = 4, sessionMinutes: Int = 30,
        sessionMaximumHours: Int = 24, standby: (Pool) -> Standby? = { _ in nil },
        configure: (inout AppConfiguration) -> Void = { _ in },
        _ body: (GraphQLTester) async throws -> Result
    ) async throws -> Result {
        // As in the server.
        let pool = try await database.pool(size: poolSize, lockWait: .milliseconds(200))
        let standby = standby(pool)
        do {
            var configuration = AppConfiguration(
                operatorKeys: [operatorKey, previousOperatorKey],
                sessionMinutes: sessionMinutes, sessionMaximumHours: sessionMaximumHours)
            configure(&configuration)
            let app = try App(
                configuration, pool: pool, standby: standby, logger: TestSupport.logger)
            let result = try await body(GraphQLTester(app: app, pool: pool, database: database))
            await standby?.close()
            await pool.shutdown()
            return result
        } catch {
            await standby?.close()
            await pool.shutdown()
            throw error
        }
    }

    /// Runs `body` while the server's workers do what is due.
    package func withWorkers<Result: Sendable>(
        _ body: () async throws -> Result
    ) async throws -> Result {
        let tasks = app.workers.map { worker in Task { await worker.run() } }
        do {
            let result = try await body()
            for worker in app.workers { worker.stop() }
            for task in tasks { await task.value }
            return result
        } catch {
            for task in tasks { task.cancel() }
            for task in tasks { await task.value }
            throw error
        }
    }

    /// What an audit of the tenant's ledger finds.
    package func audit(_ tenant: TestTenant) async throws -> [AuditFinding] {
        guard let id = UUID(uuidString: tenant.id) else { return [] }
        return try await LedgerAudit(pool: pool).report(on: id).findings
    }

    /// What came of a request with a key.
    package struct Keyed: Sendable {
        package let answer: JSON
        package let isReplay: Bool
    }

    /// Sends one document. - Returns: the whole response.
    package func send(
        _ query: String, _ variables: [String: JSON] = [:], as credentials: Credentials
    ) async throws -> JSON {
        // As in the server.
        var recalled: Result<JSON, any Error>?
        let isCertain = try await app.asRecalled(credentials) { caller in
            do {
                recalled = .success(try await answer(query, variables, caller))
            } catch {
                recalled = .failure(error)
            }
        }
        if isCertain, let recalled { return try recalled.get() }
        return try await answer(query, variables, try await app.authenticate(credentials))
    }

    private func answer(
        _ query: String, _ variables: [String: JSON], _ caller: Caller
    ) async throws -> JSON {
        let (request, context) = try request(query, variables, caller)
        switch app.engine.prepare(request, allowIntrospection: true) {
        case .failure(let failure): return try JSON(bytes: failure.body())
        case .success(let operation):
            return try JSON(bytes: await app.execute(operation, in: context).body)
        }
    }

    /// Sends one document with `Idempotency-Key`.
    package func send(
        _ query: String, _ variables: [String: JSON] = [:], under key: String,
        as credentials: Credentials
    ) async throws -> Keyed {
        let (request, context) = try request(
            query, variables, try await app.authenticate(credentials))
        let operation = try app.engine.prepare(request, allowIntrospection: true).get()
        let answer = await app.execute(
            operation, request, under: try IdempotencyKey(key), in: context)
        return Keyed(answer: try JSON(bytes: answer.body), isReplay: answer.isReplay)
    }

    private func request(
        _ query: String, _ variables: [String: JSON], _ caller: Caller
    ) throws -> (Request, RequestContext) {
        let request = JSON.object(["query": .string(query), "variables": .object(variables)])
        let context = RequestContext(
            caller: caller, requestID: "test-request",
            logger: TestSupport.logger, clientAddress: "192.0.2.7", audit: app.audit,
            reportBadKey: { [badKeys] in badKeys.report() })
        return (try Request(json: request.bytes), context)
    }
}

extension Credentials {
    package static let nobody = Credentials()
    package static let `operator` = Credentials(apiKey: GraphQLTester.operatorKey)

    package static func tenant(_ key: String) -> Credentials { Credentials(apiKey: key) }

    package static func session(_ key: String) -> Credentials { Credentials(sessionKey: key) }

    package static func `operator`(in tenant: String) -> Credentials {
        Credentials(apiKey: GraphQLTester.operatorKey, tenantID: tenant)
    }
}

extension RequestContext {
    /// The context of a request that did not come over HTTP.
    package init(
        caller: Caller, requestID: String, logger: Logger, clientAddress: String? = nil,
        audit: AuditTrail? = nil, reportBadKey: @escaping @Sendable () -> Bool
    ) {
        self.init(
            caller: caller, requestID: requestID,
            logger: RequestLogger(logger, requestID: requestID), clientAddress: clientAddress,
            audit: audit, reportBadKey: reportBadKey)
    }
}
