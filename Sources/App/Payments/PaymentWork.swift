import Foundation
import Logging

/// Does what has to be done in time about payments and payment pointers, of all tenants.
struct PaymentWork: Sendable {
    /// How many pieces are claimed at once.
    private static let batch = 200
    /// For how many seconds nobody else does what this process has claimed.
    private static let lease = 30.0

    let repository: WorkRepository
    let incoming: IncomingPaymentService
    let delivery: DeliveryService
    let pointerEvents: PointerEventService
    let logger: Logger

    private var tracing: WorkTracing { WorkTracing(tracer: repository.database.tracer) }

    /// Looks for due work and does it.
    /// - Returns: whether there may be more.
    func pass() async throws -> Worker.Finding {
        let claims = try await repository.claim(limit: Self.batch, lease: Self.lease)
        await withTaskGroup(of: Void.self) { group in
            for (claim, subjects) in claims {
                group.addTask { await process(claim, subjects) }
            }
        }
        let count = claims.values.reduce(0) { $0 + $1.count }
        return count == Self.batch ? .more : .nothing
    }

    /// What fails is tried again, by whoever claims it, once the lease has run out.
    private func process(_ claim: WorkRepository.Claim, _ subjects: [UUID]) async {
        do {
            try await tracing.piece(
                "work \(claim.kind.rawValue)",
                ["hazina.tenant": "\(claim.tenant)", "hazina.count": "\(subjects.count)"]
            ) { _ in try await perform(claim, subjects) }
        } catch {
            logger.warning(
                "Work failed, trying again later",
                metadata: [
                    "kind": "\(claim.kind.rawValue)", "tenant": "\(claim.tenant)",
                    "count": "\(subjects.count)", "error": "\(error)",
                ])
            // One piece at fault shall not hold up its neighbours.
            guard subjects.count > 1, !isUnavailability(error), !Task.isCancelled else { return }
            for subject in subjects { await process(claim, [subject]) }
        }
    }

    private func perform(_ claim: WorkRepository.Claim, _ subjects: [UUID]) async throws {
        switch claim.kind {
        case .incomingPayment: try await incoming.expire(subjects, tenant: claim.tenant)
        case .outgoingPayment: try await delivery.process(subjects, tenant: claim.tenant)
        case .paymentPointer: try await pointerEvents.process(subjects, tenant: claim.tenant)
        }
    }
}
