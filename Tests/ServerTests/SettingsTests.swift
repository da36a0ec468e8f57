import App
import Logging
import Testing

@testable import Server

@Suite struct SettingsTests {
    private static let key = String(repeating: "k", count: 32)
    private static let complete = [
        "DATABASE_URL": "postgresql://app@localhost/hazina", "HAZINA_OPERATOR_KEY": key,
    ]

    private func settings(
        _ changes: [String: String] = [:], for purpose: Settings.Purpose = .serve
    ) throws -> Settings {
        try Settings(environment: Self.complete.merging(changes) { $1 }, for: purpose)
    }

    private func refusal(
        _ environment: [String: String], for purpose: Settings.Purpose = .serve
    ) -> CommandFailure? {
        #expect(throws: CommandFailure.self) {
            try Settings(environment: environment, for: purpose)
        }
    }

    @Test func `defaults stand for what is not set`() throws {
        let settings = try settings()
        #expect(settings.http.host == "127.0.0.1")
        #expect(settings.http.port == 4000)
        #expect(settings.http.maxBodyBytes == 1_048_576)
        #expect(settings.http.trustedProxies.isEmpty)
        #expect(settings.database.poolSize >= 4)
        #expect(settings.database.poolWaitSeconds == 10)
        #expect(settings.database.statementTimeoutSeconds == 30)
        #expect(settings.database.preparedStatements)
        #expect(!settings.database.autoMigrate)
        #expect(settings.database.ownerURL == settings.database.url)
        #expect(settings.access.sessionMinutes == 30)
        #expect(settings.access.sessionMaxHours == 24)
        #expect(settings.access.badKeysPerMinute == 300)
        #expect(settings.access.introspection)
        #expect(settings.access.previousOperatorKey == nil)
        #expect(settings.logLevel == .info)
        #expect(settings.logFormat == nil)
        #expect(settings.shutdownSeconds == 30)
    }

    @Test func `values are read from the environment`() throws {
        let settings = try settings([
            "HAZINA_HTTP_HOST": "::", "HAZINA_HTTP_PORT": " 0 ", "HAZINA_POOL_SIZE": "1",
            "HAZINA_PREPARED_STATEMENTS": "False", "HAZINA_AUTO_MIGRATE": "yes",
            "HAZINA_LOG_LEVEL": "DEBUG", "HAZINA_LOG_FORMAT": "text",
            "HAZINA_TRUSTED_PROXIES": "10.0.0.0/8, ::1 ,192.0.2.7",
            "HAZINA_BAD_KEYS_PER_MINUTE": "0", "HAZINA_INTROSPECTION": "off",
            "HAZINA_MIGRATE_URL": "host=localhost user=owner",
        ])
        #expect(settings.http.host == "::")
        #expect(settings.http.port == 0)
        #expect(settings.database.poolSize == 1)
        #expect(!settings.database.preparedStatements)
        #expect(settings.database.autoMigrate)
        #expect(settings.logLevel == .debug)
        #expect(settings.logFormat == .text)
        #expect(
            settings.http.trustedProxies.map(\.description)
                == ["10.0.0.0/8", "::1/128", "192.0.2.7/32"])
        #expect(settings.access.badKeysPerMinute == 0)
        #expect(!settings.access.introspection)
        #expect(settings.database.ownerURL?.user == "owner")
    }

    @Test func `empty and blank values count as unset`() throws {
        let settings = try settings(["HAZINA_HTTP_PORT": "", "HAZINA_LOG_LEVEL": " \t"])
        #expect(settings.http.port == 4000)
        #expect(settings.logLevel == .info)
        #expect(refusal(["DATABASE_URL": "postgresql:///x", "HAZINA_OPERATOR_KEY": "  "]) != nil)
    }

    @Test(arguments: [
        ("HAZINA_HTTP_PORT", "65536", "a whole number from 0 to 65535"),
        ("HAZINA_HTTP_PORT", "-1", "a whole number from 0 to 65535"),
        ("HAZINA_HTTP_PORT", "http", "a whole number from 0 to 65535"),
        ("HAZINA_POOL_SIZE", "0", "a whole number from 1 to 10000"),
        ("HAZINA_POOL_SIZE", "1.5", "a whole number from 1 to 10000"),
        ("HAZINA_PREPARED_STATEMENTS", "maybe", "true or false"),
        ("HAZINA_LOG_LEVEL", "loud", "one of trace, debug, info"),
        ("HAZINA_LOG_FORMAT", "xml", "one of text, json"),
        ("HAZINA_TRUSTED_PROXIES", "10.0.0.0/33", "addresses or blocks"),
        ("HAZINA_TRUSTED_PROXIES", "proxy.example", "addresses or blocks"),
        ("HAZINA_SESSION_MINUTES", "0", "a whole number from 1"),
    ])
    func `a wrong value is named with what is expected`(
        variable: String, value: String, expected: String
    ) throws {
        let failure = try #require(refusal(Self.complete.merging([variable: value]) { $1 }))
        #expect(failure.code == .configuration)
        #expect(failure.message.hasPrefix("\(variable) is \"\(value)\", expected \(expected)"))
    }

    @Test func `all wrong values are reported at once`() throws {
        let failure = try #require(refusal(["HAZINA_HTTP_PORT": "x", "HAZINA_POOL_SIZE": "y"]))
        for name in [
            "DATABASE_URL", "HAZINA_OPERATOR_KEY", "HAZINA_HTTP_PORT", "HAZINA_POOL_SIZE",
        ] {
            #expect(failure.description.contains(name))
        }
        #expect(failure.message == "4 settings are wrong")
    }

    @Test func `secrets are never repeated`() throws {
        let failure = try #require(
            refusal([
                "DATABASE_URL": "mysql://root:hunter2@db", "HAZINA_OPERATOR_KEY": "short-secret",
                "HAZINA_OPERATOR_KEY_PREVIOUS": "older-secret", "HAZINA_MIGRATE_URL": "hunter3",
            ]))
        for secret in ["hunter2", "hunter3", "short-secret", "older-secret"] {
            #expect(!failure.description.contains(secret))
        }
        #expect(failure.description.contains("HAZINA_OPERATOR_KEY_PREVIOUS"))
    }

    @Test func `a value cannot break the message into lines`() throws {
        let failure = try #require(
            refusal(Self.complete.merging(["HAZINA_LOG_LEVEL": "a\nb\u{1b}[2J"]) { $1 }))
        #expect(failure.message.hasPrefix("HAZINA_LOG_LEVEL is \"a?b?[2J\""))
    }

    @Test func `only serve needs the operator key, and dev needs no database`() throws {
        _ = try Settings(environment: [:], for: .dev)
        _ = try Settings(environment: ["DATABASE_URL": "postgres:///x"], for: .migrate)
        _ = try Settings(environment: ["DATABASE_URL": "postgres:///x"], for: .doctor)
        #expect(refusal(["DATABASE_URL": "postgres:///x"], for: .serve) != nil)
        #expect(refusal([:], for: .migrate) != nil)
    }

    @Test(arguments: ["{", "[]", "1", #"{"USD": 0}"#, #"{"USD": "1"}"#, #"{"USD": -1}"#])
    func `prices that are none stop the start`(_ prices: String) throws {
        let failure = refusal(Self.complete.merging(["HAZINA_PRICES": prices]) { $1 })
        #expect(failure?.message.contains("HAZINA_PRICES") == true)
        let settings = try settings(["HAZINA_PRICES": #"{"USD": 1, "EUR": 1.25}"#])
        guard case .fixed(let table) = settings.payments.prices.source else {
            Issue.record("no prices")
            return
        }
        #expect(table.prices.count == 2)
    }

    @Test func `every variable stands in the help with its default`() {
        let lines = Settings.helpText.split(separator: "\n")
        let names = Settings.documentation().map(\.name)
        #expect(names.count == Set(names).count)
        #expect(names.count == 82)
        for variable in Settings.documentation() {
            let shown = "  \(variable.name)  [\(variable.fallback ?? "no default")]"
            #expect(lines.contains { $0 == shown })
        }
        #expect(lines.contains("  HAZINA_HTTP_PORT  [4000]"))
        #expect(lines.allSatisfy { $0.count <= 80 })
    }

    @Test func `the reference has every variable with its default and what it takes`() {
        let rows = Settings.referenceTable.split(separator: "\n")
        #expect(rows.count == Settings.documentation().count + 2)
        #expect(
            rows.contains(
                "| `HAZINA_HTTP_PORT` | `4000` | a whole number from 0 to 65535 "
                    + "| The port to listen on; 0 picks a free one. |"))
        #expect(rows.contains { $0.hasPrefix("| `HAZINA_LOG_FORMAT` | json; text in dev") })
        #expect(rows.allSatisfy { $0.split(separator: " | ").count >= 3 })
    }

    @Test func `a variable that looks like ours and is not is warned about`() {
        let warnings = Settings.unknownVariables(in: [
            "HAZINA_HTPP_PORT": "1", "HAZINA_WHATEVER_ELSE": "1", "HAZINA_HTTP_PORT": "1",
            "PATH": "/bin",
        ])
        #expect(
            warnings == [
                "the variable HAZINA_HTPP_PORT is unknown and has no effect;"
                    + " did you mean HAZINA_HTTP_PORT?",
                "the variable HAZINA_WHATEVER_ELSE is unknown and has no effect",
            ])
    }

    @Test(arguments: [("", "", 0), ("abc", "abc", 0), ("abc", "abd", 1), ("kitten", "sitting", 3)])
    func `the distance of two names counts their changes`(a: String, b: String, distance: Int) {
        #expect(Settings.editDistance(a, b) == distance)
    }
}

@Suite struct ConnectionURLTests {
    @Test(arguments: [
        ("postgresql://app:s3cret@db.example:5433/hazina?sslmode=require", "app", "s3cret"),
        ("postgres://app@localhost/hazina", "app", nil),
        ("postgresql:///hazina", nil, nil),
        ("postgresql://a%40b:p%3Aw%2F@h1,h2/hazina", "a@b", "p:w/"),
        ("postgresql://app:one@localhost/hazina?password=two&user=other", "other", "two"),
        ("host=localhost user=app password='it''s' dbname=hazina", "app", "it"),
        ("host = localhost  user = app password = 'a\\'b c'", "app", "a'b c"),
        ("dbname=hazina", nil, nil),
    ])
    func `the role is read`(text: String, user: String?, password: String?) throws {
        let url = try #require(ConnectionURL(text))
        #expect(url.user == user)
        #expect(url.password == password)
    }

    @Test(arguments: [
        "postgresql://root:x@localhost/hazina", "postgresql://localhost/hazina?sslmode=disable",
        "host=localhost user=root password=x", "postgresql://",
    ])
    func `the role can be exchanged`(text: String) throws {
        let url = try #require(ConnectionURL(text)).with(user: "hazina server", password: "a&'b\\")
        #expect(url.user == "hazina server")
        #expect(url.password == "a&'b\\")
        #expect(url.text.hasPrefix(text))
    }

    @Test(arguments: ["", "hazina", "mysql://root@localhost/x", "http://a?b=c"])
    func `what libpq does not understand is refused`(text: String) {
        #expect(ConnectionURL(text) == nil)
    }
}
