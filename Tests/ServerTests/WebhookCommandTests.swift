import App
import Foundation
import Postgres
import Testing

@testable import Server

/// `hazina webhook-listen` and what workers do, as processes.
@Suite(.timeLimit(.minutes(2)))
struct WebhookCommandTests {
    private static let secret = "a secret of the receiver"

    /// A running listener.
    private struct Listener {
        let process: HazinaProcess
        let port: Int

        init(_ arguments: String...) async throws {
            process = try HazinaProcess(
                ["webhook-listen", "--port", "0"] + arguments,
                ["HAZINA_LISTEN_SECRET": WebhookCommandTests.secret])
            var found: Int?
            for _ in 0..<400 where found == nil {
                found = process.errors.firstMatch(of: /127\.0\.0\.1:(\d+)\//).flatMap {
                    Int($0.1)
                }
                if found == nil { try await Task.sleep(for: .milliseconds(25)) }
            }
            port = try #require(found)
        }

        func post(_ body: String, signedWith secret: String) async throws -> String {
            let signature = WebhookSignature.header(
                of: body, at: Int(Date().timeIntervalSince1970), secrets: [secret])
            return try await OneRequest.send(
                "POST", "/any", port: port,
                headers: ["Rafiki-Signature": signature, "Hazina-Signature": signature],
                body: body)
        }

        func waitForOutput(_ text: String) async throws -> Bool {
            for _ in 0..<400 {
                if process.output.contains(text) { return true }
                try await Task.sleep(for: .milliseconds(25))
            }
            return false
        }
    }

    @Test func `webhook-listen tells right events from wrong ones`() async throws {
        let listener = try await Listener()
        let right = try await listener.post(#"{"id":"1"}"#, signedWith: Self.secret)
        #expect(right.hasPrefix("HTTP/1.1 200 "))
        let wrong = try await listener.post(#"{"id":"2"}"#, signedWith: "another secret")
        #expect(wrong.hasPrefix("HTTP/1.1 401 "))
        let unsigned = try await OneRequest.send(
            "POST", "/", port: listener.port, body: "line\u{1B}[2J\nbreak")
        #expect(unsigned.hasPrefix("HTTP/1.1 401 "))
        listener.process.stop()
        let outcome = await listener.process.end()
        #expect(outcome.status == 0)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0].hasSuffix(#" ok {"id":"1"}"#))
        #expect(lines[1].hasSuffix(#" REFUSED (wrong Rafiki-Signature) {"id":"2"}"#))
        #expect(lines[2].hasSuffix(" REFUSED (no Rafiki-Signature) line\u{FFFD}[2J\u{FFFD}break"))
        #expect(!outcome.output.contains(Self.secret))
    }

    @Test func `webhook-listen plays a receiver that fails slowly`() async throws {
        let listener = try await Listener("--status", "503", "--delay", "0.5")
        let start = ContinuousClock.now
        let answer = try await listener.post("{}", signedWith: Self.secret)
        #expect(answer.hasPrefix("HTTP/1.1 503 "))
        #expect(.now - start >= .milliseconds(500))
    }

    @Test(arguments: [
        ["--port", "70000"], ["--status", "99"], ["--delay", "-1"], ["--secret", ""],
    ])
    func `webhook-listen refuses arguments that make no sense`(arguments: [String]) async throws {
        let process = try HazinaProcess(["webhook-listen"] + arguments)
        #expect(await process.end().status == 64)
    }

    private func mutate(_ document: String, _ port: Int) async throws -> String {
        try await OneRequest.send(
            "POST", "/graphql", port: port,
            headers: ["Content-Type": "application/json", "x-api-key": CommandDatabase.key],
            body: #"{"query":"\#(document)"}"#)
    }

    @Test(.enabled(if: clusterURL != nil, "needs HAZINA_TEST_DATABASE_URL"))
    func `an event goes from the API to the operator's receiver and to who subscribed`()
        async throws
    {
        try await CommandDatabase.with { database in
            let listener = try await Listener()
            var environment = database.environment
            environment["HAZINA_AUTO_MIGRATE"] = "true"
            environment["HAZINA_WEBHOOK_URL"] = "http://127.0.0.1:\(listener.port)/"
            environment["HAZINA_WEBHOOK_SECRET"] = Self.secret
            let server = try HazinaProcess(["serve"], environment)
            let port = try #require(try await server.port())
            async let stream = OneRequest.send(
                "POST", "/graphql", port: port,
                headers: [
                    "Content-Type": "application/json", "Accept": "text/event-stream",
                    "x-api-key": CommandDatabase.key,
                ],
                body: #"{"query":"subscription { events { type state } }"}"#,
                until: "webhook.test")
            // The stream has what is written once it is open.
            let sender = Task {
                while !Task.isCancelled {
                    let sent = try await mutate("mutation { sendTestWebhook { code } }", port)
                    #expect(sent.contains(#"{"code":"200"}"#))
                    try await Task.sleep(for: .milliseconds(500))
                }
            }
            #expect(try await listener.waitForOutput(" ok tenant=00000000-0000-7000-8000-"))
            #expect(listener.process.output.contains(#""type":"webhook.test"}"#))
            let events = try await stream
            sender.cancel()
            _ = await sender.result
            server.stop()
            #expect(await server.end().status == 0)
            #expect(events.contains("text/event-stream"))
            #expect(events.contains(#"data: {"data":{"events":{"type":"webhook.test","state":"#))
            #expect(!server.errors.contains(Self.secret))
        }
    }

    @Test(.enabled(if: clusterURL != nil, "needs HAZINA_TEST_DATABASE_URL"))
    func `work delivers what a server that is gone has left`() async throws {
        try await CommandDatabase.with { database in
            var environment = database.environment
            environment["HAZINA_AUTO_MIGRATE"] = "true"
            environment["HAZINA_WEBHOOK_ALLOW_PRIVATE"] = "true"
            let server = try HazinaProcess(["serve"], environment)
            let port = try #require(try await server.port())
            // Nobody listens there yet.
            let listener = try await Listener()
            listener.process.stop()
            _ = await listener.process.end()
            let set = try await mutate(
                "mutation { setWebhook(input: {url: \\\"http://127.0.0.1:\(listener.port)/\\\"}) "
                    + "{ secret } }", port)
            let secret = try #require(set.firstMatch(of: /hz_wh_\w+/)).0
            _ = try await mutate("mutation { sendTestWebhook { code } }", port)
            try await Task.sleep(for: .seconds(1))
            server.stop()
            #expect(await server.end().status == 0)

            let back = try HazinaProcess(
                ["webhook-listen", "--port", "\(listener.port)", "--secret", String(secret)])
            let work = try HazinaProcess(["work"], environment)
            for _ in 0..<800 where !back.output.contains(" ok ") {
                try await Task.sleep(for: .milliseconds(25))
            }
            #expect(back.output.contains(#""type":"webhook.test"}"#))
            work.stop()
            #expect(await work.end().status == 0)
            back.stop()
        }
    }

    /// The statements that a role has sent, by the server's log; nil where that is not to be found.
    private struct StatementLog {
        let path: String

        init?(_ cluster: DirectConnection) async throws {
            let folder = try await cluster.query("show data_directory").first?
                .decode("data_directory", as: String.self)
            path = (folder ?? "") + "/../log"
            guard FileManager.default.isReadableFile(atPath: path) else { return nil }
        }

        func count() -> Int {
            (PrivateFile.read(path) ?? "").matches(of: /LOG:  (execute|statement)/).count
        }
    }

    @Test(.enabled(if: clusterURL != nil, "needs HAZINA_TEST_DATABASE_URL"))
    func `an idle server with all its workers sends fewer than five statements a second`()
        async throws
    {
        try await CommandDatabase.with { database in
            var environment = database.environment
            environment["HAZINA_WEBHOOK_URL"] = "http://127.0.0.1:9/"
            environment["HAZINA_WEBHOOK_SECRET"] = Self.secret
            let migrated = try await HazinaProcess.run("migrate", environment: environment)
            #expect(migrated.status == 0)
            let cluster = try await DirectConnection.open(url: try #require(clusterURL))
            defer { cluster.close() }
            guard let log = try await StatementLog(cluster) else { return }
            try await cluster.execute(
                script: "alter role \(database.name) set log_statement = 'all'")
            let server = try HazinaProcess(["serve"], environment)
            _ = try #require(try await server.port())
            try await Task.sleep(for: .seconds(2))
            let before = log.count()
            try await Task.sleep(for: .seconds(10))
            let sent = log.count() - before
            #expect(sent > 0 && sent < 50, "\(sent) statements in 10 s")
            server.stop()
            #expect(await server.end().status == 0)
        }
    }
}
