import Foundation
import Ledger
import Logging
import Synchronization

/// Payments that this process has funded and sends at once, those of a tenant together. What gets
/// lost here, some worker sends when its time has come.
final class DeliveryQueue: Sendable {
    /// For how many seconds nobody else sends what this process has taken on.
    static let lease = 15.0
    /// How many payments one transaction sends at most.
    static let batchLimit = 100
    /// How many may wait here; the workers have the rest.
    private static let capacity = 10_000
    private static let outagePause = Duration.milliseconds(250)

    private let coalescer: Coalescer<UUID, Void>
    private let waiting = Atomic<Int>(0)

    init(service: DeliveryService, concurrency: Int, logger: Logger) {
        coalescer = Coalescer(
            limit: Self.batchLimit, concurrency: concurrency, executor: service.database.executor,
            tracer: service.database.tracer, name: "sending"
        ) { payments, tenant in
            await Self.send(payments, service: service, tenant: TenantID(tenant), logger: logger)
            return payments.map { _ in .success(()) }
        }
    }

    /// Tries again while the database is away and nobody else may send them.
    private static func send(
        _ payments: [UUID], service: DeliveryService, tenant: TenantID, logger: Logger
    ) async {
        let end = ContinuousClock.now + .seconds(lease)
        while true {
            do {
                return try await service.process(payments, tenant: tenant)
            } catch {
                let passes = isUnavailability(error) || isUnknownOutcome(error)
                if passes, ContinuousClock.now < end {
                    // Being cancelled means to leave it to others.
                    if (try? await Task.sleep(for: outagePause)) != nil { continue }
                }
                return logger.warning(
                    "Payments could not be sent, trying again later",
                    metadata: ["payments": "\(payments.count)", "error": "\(error)"])
            }
        }
    }

    func add(_ payments: [UUID], of tenant: TenantID) {
        for payment in payments {
            guard waiting.load(ordering: .relaxed) < Self.capacity else { return }
            waiting.add(1, ordering: .relaxed)
            RequestDeadline.outliving { [self] in
                try? await coalescer.perform(payment, tenant: tenant.uuid)
                waiting.subtract(1, ordering: .relaxed)
            }
        }
    }
}
