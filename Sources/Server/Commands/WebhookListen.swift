import ArgumentParser
import Foundation
import HTTP
import Logging

struct WebhookListen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhook-listen",
        abstract: "Receive webhook events, to try them out.",
        discussion: """
            Listens until Ctrl-C, checks the signature of each event that is posted, whatever the \
            path, and writes a line for each: time, whether the signature is right, type, id and \
            data. An event with a wrong signature is answered with 401. The secret is that of \
            setWebhook or HAZINA_WEBHOOK_SECRET; give it in the environment as \
            HAZINA_LISTEN_SECRET to keep it out of the list of processes.
            """)

    @Option(help: "The port to listen on; 0 picks a free one.")
    var port = 4001

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "What the events are signed with.")
    var secret: String?

    @Option(help: "The status that right events are answered with, to play a failing receiver.")
    var status = 200

    @Option(help: "Seconds until an event is answered, to play a slow receiver.")
    var delay = 0.0

    func validate() throws {
        guard (0...65535).contains(port) else {
            throw ValidationError("--port must be 0 to 65535")
        }
        guard (200...599).contains(status) else {
            throw ValidationError("--status must be 200 to 599")
        }
        guard (0...3600).contains(delay) else {
            throw ValidationError("--delay must be 0 to 3600")
        }
    }

    func run() async throws {
        let secret = secret ?? ProcessInfo.processInfo.environment["HAZINA_LISTEN_SECRET"]
        guard let secret, !secret.isEmpty else {
            throw ValidationError("--secret or HAZINA_LISTEN_SECRET is needed")
        }
        let receiver = WebhookReceiver(
            host: host, port: port, secret: secret, status: status, delay: .seconds(delay)
        ) { event in
            Console.out(event.line)
        } onListening: { [host] port in
            let shown = host.contains(":") ? "[\(host)]" : host
            Console.error("Listening on http://\(shown):\(port)/")
        }
        let logger = Logger(label: "hazina") { _ in SwiftLogNoOpLogHandler() }
        do {
            try await UntilStopped.run(logger: logger, seconds: 1, stopsOnHangUp: true) {
                try await receiver.run()
            }
        } catch let error as ListenError {
            throw CommandFailure(
                error.description, remedy: "Stop the other process, or choose another --port.")
        }
    }
}
