import ArgumentParser
import Foundation
import NIOCore
import NIOPosix

@main
struct Hazina: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "hazina",
        abstract: "A payments server on PostgreSQL.",
        version: version,
        subcommands: [
            Serve.self, Work.self, Migrate.self, Dev.self, Doctor.self, Audit.self,
            PrintSchema.self, PrintSettings.self, GraphQLTools.self, WebhookListen.self,
        ])

    static func main() async {
        // Tasks run where the sockets are, so that a request changes threads only for the database.
        // Where Swift's libraries are linked in, only those of connections do: see LoopChannel.
        NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    /// Ends the process with what the error says and its exit code: 64 for a wrong command line,
    /// and those of `CommandFailure`.
    private static func end(with error: any Error) -> Never {
        if let failure = error as? CommandFailure {
            Console.error(failure.description)
            Foundation.exit(failure.code.rawValue)
        }
        let code = exitCode(for: error)
        // Help and version are no errors: they go to standard output.
        guard code != .success, !(error is ExitCode) else { exit(withError: error) }
        if code == .validationFailure {
            let message = fullMessage(for: error)
            Console.error(
                message.hasPrefix("Error: ") ? "hazina: " + message.dropFirst(7) : message)
        } else {
            Console.error("hazina: \(error)")
        }
        Foundation.exit(code.rawValue)
    }
}
