import ArgumentParser
import Foundation
import Logging

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve the API.",
        discussion: """
            Serves the GraphQL API until SIGTERM or SIGINT, then answers the requests in flight \
            and ends. The database must have been migrated, unless HAZINA_AUTO_MIGRATE is set.

            \(Settings.helpText)
            """)

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let settings = try Settings(environment: environment, for: .serve)
        let defaultFormat: Settings.LogFormat = Console.errorIsTerminal ? .text : .json
        let logger = Logger(settings: settings, defaultFormat: defaultFormat)
        for warning in Settings.unknownVariables(in: environment) {
            logger.warning("\(warning)")
        }
        guard let database = settings.database.url, let key = settings.access.operatorKey else {
            throw CommandFailure(
                "DATABASE_URL and HAZINA_OPERATOR_KEY are needed", code: .configuration)
        }
        try await UntilStopped.run(logger: logger, seconds: settings.shutdownSeconds) {
            if settings.database.autoMigrate {
                let migration = SchemaMigration(
                    owner: settings.database.ownerURL ?? database, server: database,
                    environment: environment)
                for step in try await migration.run() { logger.info("\(step)") }
            }
            try await ServerRun(
                settings: settings, database: database,
                operatorKeys: [key] + [settings.access.previousOperatorKey].compactMap { $0 },
                logger: logger,
                requestLog: JSONRequestLog(settings: settings, defaultFormat: defaultFormat)
            ).run()
        }
    }
}
