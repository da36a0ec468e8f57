import ArgumentParser
import Foundation
import Logging

struct Dev: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve for development, with a private PostgreSQL.",
        discussion: """
            Makes and starts a PostgreSQL of its own under .hazina (as root under \
            /var/lib/hazina), migrates it and serves. It prints the URL, the operator's key and a \
            request to try, and stops the database when it ends. With DATABASE_URL set it uses \
            that database instead. The settings are those of 'hazina serve'.
            """)

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let settings = try Settings(environment: environment, for: .dev)
        let logger = Logger(settings: settings, defaultFormat: .text)
        for warning in Settings.unknownVariables(in: environment) {
            logger.warning("\(warning)")
        }
        let folder = DevFolder.current()
        try folder.create()
        let key = try settings.access.operatorKey ?? PrivateFile.secret(at: folder.operatorKeyPath)
        let server = DevServer(
            settings: settings, folder: folder, operatorKey: key, logger: logger,
            environment: environment)
        try await UntilStopped.run(
            logger: logger, seconds: settings.shutdownSeconds, stopsOnHangUp: true
        ) {
            try await server.run()
        }
    }
}
