import Logging
import Postgres
import Synchronization

/// What became of a request that was sent with a key.
package struct KeyedAnswer: Sendable {
    package let body: [UInt8]
    /// Whether it is the stored answer of an earlier request.
    package let isReplay: Bool
}

/// Carries out a request under a key: its work and its answer are one transaction, so that no crash
/// can part them. Answers of 401, 403, 429 and 5xx are not kept, and their work is undone.
struct IdempotencyService: Sendable {
    /// Carries the request out and gives the body of its answer.
    typealias Execute = @Sendable (RequestContext) async -> [UInt8]

    let database: Database
    let repository: IdempotencyRepository

    func answer(
        under key: IdempotencyKey, hash: [UInt8], in context: RequestContext,
        _ execute: @escaping Execute
    ) async -> KeyedAnswer {
        // Whoever is unknown has nothing that could be done twice.
        guard context.caller.refusal == nil, let tenant = context.caller.tenantID else {
            return KeyedAnswer(body: await execute(context), isReplay: false)
        }
        do {
            return try await database.unit(as: tenant) { transaction in
                try await answer(
                    key, hash: hash, tenant: tenant, in: context, transaction, execute)
            }
        } catch let undone as Undone {
            return KeyedAnswer(body: undone.body, isReplay: false)
        } catch {
            let failure = context.refused(with: Self.failure(error, in: context))
            return KeyedAnswer(body: await execute(failure), isReplay: false)
        }
    }

    /// Thrown to roll back work whose answer is not to be kept.
    private struct Undone: Error {
        let body: [UInt8]
    }

    private func answer(
        _ key: IdempotencyKey, hash: [UInt8], tenant: TenantID, in context: RequestContext,
        _ transaction: Transaction, _ execute: Execute
    ) async throws -> KeyedAnswer {
        let claim = try await repository.claim(key, hash: hash, tenant: tenant, in: transaction)
        switch claim {
        case .claimed:
            let outcome = MutationOutcome()
            let body = await execute(context.recording(in: outcome))
            guard let code = outcome.code, Self.isKept(code) else {
                throw Undone(body: body)
            }
            try await transaction.set(database.settings(tenant))
            try await repository.keep(body, key, tenant: tenant, in: transaction)
            return KeyedAnswer(body: body, isReplay: false)
        case .answered(hash, let answer):
            return KeyedAnswer(body: answer, isReplay: true)
        case .answered:
            let other = MutationResponse(
                code: "422", message: "Idempotency-Key was used for another request: use a new one")
            return KeyedAnswer(
                body: await execute(context.refused(with: other)), isReplay: false)
        case nil:
            let busy = MutationResponse(
                code: "409", message: "Idempotency-Key has just expired, try again")
            return KeyedAnswer(
                body: await execute(context.refused(with: busy)), isReplay: false)
        }
    }

    private static func isKept(_ code: String) -> Bool {
        !["401", "403", "429"].contains(code) && !code.hasPrefix("5")
    }

    private static func failure(
        _ error: any Error, in context: RequestContext
    ) -> MutationResponse {
        context.logger.error("Keyed request failed", metadata: ["error": "\(error)"])
        if isUnknownOutcome(error) {
            return MutationResponse(
                code: "500",
                message: "The database was lost while it committed: send the same request with the "
                    + "same Idempotency-Key again (request id \(context.requestID))")
        }
        return isUnavailability(error)
            ? MutationResponse(code: "503", message: "The database is unavailable, try again")
            : MutationResponse(
                code: "500", message: "Internal server error (request id \(context.requestID))")
    }
}

/// The code that a request's mutation was answered with.
package final class MutationOutcome: Sendable {
    private let state = Mutex<String?>(nil)

    var code: String? { state.withLock { $0 } }

    func record(_ code: String) { state.withLock { $0 = code } }
}
