import Dispatch
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// Work that lasts until a signal asks the process to stop.
struct UntilStopped: Service {
    private let logger: Logger
    private let seconds: Int
    private let work: @Sendable () async throws -> Void

    /// How much longer than granted the process may take before it ends without further ado.
    private static let graceSeconds = 15

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await work()
        } onGracefulShutdown: {
            logger.info("stopping")
            let limit = seconds + Self.graceSeconds
            DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(limit)) {
                logger.critical("the server did not stop in time and is ended")
                exit(1)
            }
        }
    }

    /// Runs the work; returns when it is done or was stopped.
    /// - Parameters:
    ///   - seconds: how long it may take to stop before it is cancelled.
    ///   - stopsOnHangUp: it runs in a terminal, and stops when that is closed.
    static func run(
        logger: Logger, seconds: Int, stopsOnHangUp: Bool = false,
        _ work: @escaping @Sendable () async throws -> Void
    ) async throws {
        let service = UntilStopped(logger: logger, seconds: seconds, work: work)
        var quietLogger = logger
        quietLogger.logLevel = .critical
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(
                    service: service, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .cancelGroup)
            ],
            gracefulShutdownSignals: [.sigterm, .sigint] + (stopsOnHangUp ? [.sighup] : []),
            logger: quietLogger)
        configuration.maximumGracefulShutdownDuration = .seconds(seconds)
        try await ServiceGroup(configuration: configuration).run()
    }
}
