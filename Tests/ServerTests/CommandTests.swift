import Foundation
import Testing

@testable import Server

@Suite struct CommandTests {
    private static let key = String(repeating: "k", count: 40)

    @Test func `the version is printed`() async throws {
        let outcome = try await HazinaProcess.run("--version")
        #expect(outcome.status == 0)
        #expect(outcome.output == "0.1.0")
    }

    @Test(arguments: ["frob", "--frob"])
    func `a wrong command line ends with 64`(argument: String) async throws {
        let outcome = try await HazinaProcess.run(argument)
        #expect(outcome.status == 64)
        #expect(outcome.errors.hasPrefix("hazina: "))
        #expect(outcome.output.isEmpty)
    }

    @Test func `the help of serve lists every setting with its default`() async throws {
        let outcome = try await HazinaProcess.run("serve", "--help")
        #expect(outcome.status == 0)
        for variable in Settings.documentation() {
            #expect(outcome.output.contains("\n  \(variable.name)  ["))
        }
    }

    @Test func `wrong settings end with 78 and are all named`() async throws {
        let outcome = try await HazinaProcess.run(
            "serve", environment: ["HAZINA_HTTP_PORT": "http", "HAZINA_OPERATOR_KEY": "short"])
        #expect(outcome.status == 78)
        #expect(outcome.errors.hasPrefix("hazina: 3 settings are wrong"))
        for name in ["DATABASE_URL", "HAZINA_HTTP_PORT is \"http\"", "HAZINA_OPERATOR_KEY"] {
            #expect(outcome.errors.contains(name))
        }
        #expect(!outcome.errors.contains("short"))
    }

    @Test(arguments: ["serve", "migrate"])
    func `a database that cannot be reached ends with 69`(command: String) async throws {
        let port = try FreePort.pick()
        let outcome = try await HazinaProcess.run(
            command,
            environment: [
                "DATABASE_URL": "postgresql://app:hunter2@127.0.0.1:\(port)/x",
                "HAZINA_OPERATOR_KEY": Self.key, "HAZINA_LOG_LEVEL": "critical",
            ])
        #expect(outcome.status == 69)
        #expect(outcome.errors.hasPrefix("hazina: cannot "))
        #expect(!outcome.errors.contains("hunter2"))
        #expect(!outcome.errors.contains(Self.key))
    }

    @Test func `doctor says what is wrong and ends with 1`() async throws {
        let port = try FreePort.pick()
        let outcome = try await HazinaProcess.run(
            "doctor", environment: ["DATABASE_URL": "postgresql://app@127.0.0.1:\(port)/x"])
        #expect(outcome.status == 1)
        #expect(outcome.output.hasPrefix("ok    settings"))
        #expect(outcome.output.contains("\nFAIL  connection"))
        let unset = try await HazinaProcess.run("doctor")
        #expect(unset.status == 1)
        #expect(unset.output.hasPrefix("FAIL  settings     DATABASE_URL is not set"))
    }

    @Test func `documents are checked line by line`() async throws {
        let outcome = try await HazinaProcess.run(
            "graphql", "check",
            input: """
                {"id": 1, "action": "parse", "query": "{ a }"}

                {"id": 2, "action": "parse", "query": "{"}
                """)
        #expect(outcome.status == 0)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first == #"{"id":1}"#)
        #expect(lines.last?.contains(#""errors""#) == true)
    }

    @Test func `the schema is printed`() async throws {
        let outcome = try await HazinaProcess.run("print-schema")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("type Query {"))
    }
}

@Suite struct FindingTests {
    @Test func `a finding says ok, or what to do`() {
        #expect(Finding("clock", .ok("fine")).description == "ok    clock        fine")
        let failure = Finding("role", .failure("bad", remedy: "One.\nTwo."))
        #expect(
            failure.description
                == "FAIL  role         bad\n                   One.\n                   Two.")
    }

    @Test func `old servers are refused`() {
        #expect(DatabaseChecks.version(140_015).isFailure)
        #expect(!DatabaseChecks.version(150_000).isFailure)
    }

    @Test func `clocks may differ by the time that asking takes, and a little more`() {
        #expect(
            DatabaseChecks.skew(database: 101, before: 100, after: 102)
                == .ok(
                    "differs from the database's by 0.0 s"))
        #expect(
            DatabaseChecks.skew(database: 105, before: 100, after: 101)
                == .ok(
                    "differs from the database's by 4.0 s"))
        guard case .failure = DatabaseChecks.skew(database: 90, before: 100, after: 101) else {
            Issue.record("ten seconds are too much")
            return
        }
    }

    @Test(arguments: [
        ("127.0.0.1", "http://127.0.0.1:1/graphql"), ("0.0.0.0", "http://127.0.0.1:1/graphql"),
        ("::1", "http://[::1]:1/graphql"), ("localhost", "http://localhost:1/graphql"),
    ])
    func `the URL can be opened`(host: String, url: String) {
        #expect(ServerRun.url(host: host, port: 1) == url)
    }

    @Test func `the request that dev prints survives a shell`() {
        let text = DevServer.welcome(url: "http://127.0.0.1:1/graphql", operatorKey: "it's $HOME")
        #expect(text.contains(#"-H 'x-api-key: it'\''s $HOME' -d"#))
    }
}
