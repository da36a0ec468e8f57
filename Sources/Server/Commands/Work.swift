import ArgumentParser
import Foundation
import Logging

struct Work: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Do the work that comes by itself, without serving the API.",
        discussion: """
            Delivers webhook events and does what else comes due, until SIGTERM or SIGINT. 'hazina \
            serve' does the same beside serving; run this where more processes are wanted for it. \
            Any number of both may run on one database. The settings are those of 'hazina serve'; \
            an operator key is not needed.
            """)

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let settings = try Settings(environment: environment, for: .work)
        let logger = Logger(
            settings: settings, defaultFormat: Console.errorIsTerminal ? .text : .json)
        for warning in Settings.unknownVariables(in: environment) {
            logger.warning("\(warning)")
        }
        guard let database = settings.database.url else {
            throw CommandFailure("DATABASE_URL is needed", code: .configuration)
        }
        try await UntilStopped.run(logger: logger, seconds: settings.shutdownSeconds) {
            try await ServerRun(
                settings: settings, database: database, operatorKeys: [], logger: logger
            ).work()
        }
    }
}
