import App
import Logging
import ServiceLifecycle

/// Rolls back what stayed pending for too long, while the server runs. Any number of processes may
/// do so on one database.
struct TransferExpiry: Sendable {
    private static let batch = 100

    let app: App
    let logger: Logger

    func run() async {
        var isFailing = false
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do {
                while try await app.expireTransfers(limit: Self.batch) == Self.batch {}
                isFailing = false
            } catch {
                // Once an outage: requests tell of it too.
                if !isFailing, !Task.isCancelled {
                    logger.warning(
                        "Pending transfers could not be expired, trying again",
                        metadata: ["error": "\(error)"])
                }
                isFailing = true
            }
            // Spread at random, so that several processes do not ask at the same time.
            let pause = Duration.milliseconds(Int.random(in: 1500...2500))
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) }
        }
    }
}
