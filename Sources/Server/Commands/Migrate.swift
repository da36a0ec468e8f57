import ArgumentParser
import Foundation

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the database to this version's schema.",
        discussion: """
            Connects with HAZINA_MIGRATE_URL (by default DATABASE_URL), applies the migrations \
            that are missing, makes the role that DATABASE_URL names if it does not exist, and \
            grants it what the server needs. It may be run at any time, also while servers run.
            """)

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let settings = try Settings(environment: environment, for: .migrate)
        for warning in Settings.unknownVariables(in: environment) {
            Console.error("hazina: warning: \(warning)")
        }
        guard let server = settings.database.url, let owner = settings.database.ownerURL else {
            throw CommandFailure("DATABASE_URL is needed", code: .configuration)
        }
        let migration = SchemaMigration(owner: owner, server: server, environment: environment)
        let steps = try await migration.run()
        Console.out(
            steps.isEmpty ? "The schema is up to date." : steps.joined(separator: "\n"))
    }
}
