import App
import Foundation
import Logging

/// All configuration of the server, from environment variables. Each variable is declared once, in
/// the initialisers below: name, default, range and the line that `--help` shows.
struct Settings: Sendable {
    /// What the settings are read for; it decides which variables must be there.
    enum Purpose: Sendable {
        case serve
        case work
        case migrate
        case dev
        case doctor
        /// To list the variables; nothing is needed.
        case documentation
    }

    /// How log lines are written.
    enum LogFormat: String, CaseIterable, Sendable {
        case text
        case json
    }

    /// Variables whose values are never shown.
    static let secretVariables: Set<String> = [
        "DATABASE_URL", "HAZINA_MIGRATE_URL", "HAZINA_READ_DATABASE_URL", "HAZINA_OPERATOR_KEY",
        "HAZINA_OPERATOR_KEY_PREVIOUS",
        "HAZINA_WEBHOOK_URL", "HAZINA_WEBHOOK_SECRET", "HAZINA_METRICS_TOKEN",
        "HAZINA_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS",
    ]

    /// The prefix of all variables of our own.
    static let prefix = "HAZINA_"

    /// The shortest operator key, in characters.
    static let shortestOperatorKey = 32

    var database: DatabaseSettings
    var http: HTTPSettings
    var tls: TLSSettings
    var access: AccessSettings
    var clients: ClientLimits
    var load: LoadSettings
    var limits: GraphQLLimits
    var ledger: LedgerSettings
    var payments: PaymentSettings
    var webhooks: WebhookSettings
    var retention: RetentionSettings
    var observation: ObservationSettings
    /// nil when it was not chosen.
    var logFormat: LogFormat?
    var logLevel: Logger.Level
    /// How long requests in flight may take once the server is told to stop.
    var shutdownSeconds: Int

    /// Reads the settings.
    /// - Throws: `CommandFailure` with exit code 78 that names every variable that is wrong.
    init(
        environment: [String: String] = ProcessInfo.processInfo.environment, for purpose: Purpose
    ) throws(CommandFailure) {
        var reader = SettingsReader(environment: environment)
        self.init(from: &reader, for: purpose)
        guard reader.problems.isEmpty else { throw Self.failure(reader.problems) }
    }

    /// Every variable, in the order in which they are declared.
    static func documentation() -> [DocumentedVariable] {
        var reader = SettingsReader(environment: [:])
        _ = Settings(from: &reader, for: .documentation)
        return reader.documentation
    }

    private init(from reader: inout SettingsReader, for purpose: Purpose) {
        database = DatabaseSettings(from: &reader, for: purpose)
        access = AccessSettings(from: &reader, for: purpose)
        http = HTTPSettings(from: &reader)
        tls = TLSSettings(from: &reader)
        clients = ClientLimits(from: &reader)
        load = LoadSettings(from: &reader)
        limits = GraphQLLimits(from: &reader)
        ledger = LedgerSettings(from: &reader)
        payments = PaymentSettings(from: &reader, for: purpose)
        webhooks = WebhookSettings(from: &reader, for: purpose)
        retention = RetentionSettings(from: &reader)
        observation = ObservationSettings(from: &reader)
        logLevel =
            reader.choice(
                "HAZINA_LOG_LEVEL", shownDefault: "info",
                "The least severe log entries that are written.") ?? .info
        logFormat = reader.choice(
            "HAZINA_LOG_FORMAT", shownDefault: "json; text in dev and on a terminal",
            "How log entries are written to standard error.")
        shutdownSeconds = reader.integer(
            "HAZINA_SHUTDOWN_SECONDS", default: 30, in: 0...3600,
            "How long requests in flight may take when the server stops.")
    }

    private static func failure(_ problems: [SettingProblem]) -> CommandFailure {
        if let only = problems.first, problems.count == 1 {
            return CommandFailure(
                only.description, remedy: "'hazina serve --help' lists all settings.",
                code: .configuration)
        }
        let lines = problems.map { "- \($0.description)" }
        return CommandFailure(
            "\(problems.count) settings are wrong",
            remedy: (lines + ["'hazina serve --help' lists all settings."])
                .joined(separator: "\n"),
            code: .configuration)
    }
}

/// Where the database is and how it is used.
struct DatabaseSettings: Sendable {
    /// The URL of the server's role; nil in `dev`, which then starts a database of its own.
    var url: ConnectionURL?
    /// The URL of the owner.
    var migrateURL: ConnectionURL?
    /// The URL of a hot standby, as the server's role; nil to read from the primary alone.
    var readURL: ConnectionURL?
    var readMaxLagSeconds: Int
    var poolSize: Int
    var poolWaitSeconds: Int
    var statementTimeoutSeconds: Int
    var preparedStatements: Bool
    var autoMigrate: Bool

    /// The URL that migrations use.
    var ownerURL: ConnectionURL? { migrateURL ?? url }

    fileprivate init(from reader: inout SettingsReader, for purpose: Settings.Purpose) {
        let expectedURL = "a libpq connection URL, such as postgresql://user:password@host/database"
        url = reader.value(
            "DATABASE_URL", fallback: nil, expected: expectedURL,
            help: "The database, as the server's role; libpq connection URL.",
            parse: ConnectionURL.init)
        if url == nil, purpose != .dev, purpose != .documentation {
            reader.require("DATABASE_URL", because: "it says which database to use")
        }
        migrateURL = reader.value(
            "HAZINA_MIGRATE_URL", fallback: "DATABASE_URL", expected: expectedURL,
            help: "The database, as the role that may change the schema.",
            parse: ConnectionURL.init)
        autoMigrate = reader.flag(
            "HAZINA_AUTO_MIGRATE", default: false, "Migrate the schema before serving.")
        readURL = reader.value(
            "HAZINA_READ_DATABASE_URL", fallback: nil, expected: expectedURL,
            help: "A hot standby to answer queries from, as the server's role.",
            parse: ConnectionURL.init)
        readMaxLagSeconds = reader.integer(
            "HAZINA_READ_MAX_LAG_SECONDS", default: 5, in: 1...300,
            "How old a query's answer from the standby may be.")
        poolSize = reader.integer(
            "HAZINA_POOL_SIZE", default: max(4, 2 * ProcessInfo.processInfo.activeProcessorCount),
            in: 1...10_000, shownDefault: "2 for each core, at least 4",
            "Connections to the database.")
        poolWaitSeconds = reader.integer(
            "HAZINA_POOL_WAIT_SECONDS", default: 10, in: 1...3600,
            "How long a request waits for a connection.")
        statementTimeoutSeconds = reader.integer(
            "HAZINA_STATEMENT_TIMEOUT_SECONDS", default: 30, in: 1...3600,
            "How long a statement may run.")
        preparedStatements = reader.flag(
            "HAZINA_PREPARED_STATEMENTS", default: true,
            "Prepare statements; false behind PgBouncer below 1.21.")
    }
}

/// Who may call, and for how long.
struct AccessSettings: Sendable {
    /// nil unless it is set.
    var operatorKey: String?
    var previousOperatorKey: String?
    var sessionMinutes: Int
    var sessionMaxHours: Int
    var badKeysPerMinute: Int
    /// Callers without a key may read the schema.
    var introspection: Bool

    fileprivate init(from reader: inout SettingsReader, for purpose: Settings.Purpose) {
        let shortest = Settings.shortestOperatorKey
        func parse(_ text: String) -> String? { text.count >= shortest ? text : nil }
        operatorKey = reader.value(
            "HAZINA_OPERATOR_KEY", fallback: nil,
            expected: "a random text of \(shortest) characters or more",
            help: "The operator's API key, \(shortest) characters or more.", parse: parse)
        if operatorKey == nil, purpose == .serve {
            reader.require(
                "HAZINA_OPERATOR_KEY",
                because: "serve needs the operator's key, \(shortest) characters or more"
                    + " (openssl rand -hex 32 makes one)")
        }
        previousOperatorKey = reader.value(
            "HAZINA_OPERATOR_KEY_PREVIOUS", fallback: nil,
            expected: "a text of \(shortest) characters or more",
            help: "A second operator's key, accepted while changing it.", parse: parse)
        sessionMinutes = reader.integer(
            "HAZINA_SESSION_MINUTES", default: 30, in: 1...525_600,
            "How long a session lives, and how far a refresh extends it.")
        sessionMaxHours = reader.integer(
            "HAZINA_SESSION_MAX_HOURS", default: 24, in: 1...8760,
            "How long a session lives at most, however often refreshed.")
        badKeysPerMinute = reader.integer(
            "HAZINA_BAD_KEYS_PER_MINUTE", default: 300, in: 0...1_000_000,
            "Wrong keys allowed for a client address; 0: no limit.")
        introspection = reader.flag(
            "HAZINA_INTROSPECTION", default: true,
            "Let callers without a key read the schema.")
    }
}

/// Where and how requests are taken.
struct HTTPSettings: Sendable {
    var host: String
    var port: Int
    var maxBodyBytes: Int
    var maxBatch: Int
    var pinsEventLoops: Bool
    var compresses: Bool
    var persistedDocumentBytes: Int
    /// The path of a folder; nil runs any document.
    var trustedDocuments: String?
    var maxStreams: Int
    var maxStreamsPerTenant: Int
    var streamKeepAliveSeconds: Int
    var trustedProxies: [AddressBlock]
    /// Origins whose pages may use the API from a browser.
    var corsOrigins: Set<String>

    fileprivate init(from reader: inout SettingsReader) {
        host =
            reader.value(
                "HAZINA_HTTP_HOST", fallback: "127.0.0.1",
                expected: "an address or a host name, such as 127.0.0.1, 0.0.0.0 or ::",
                help: "The address to listen on.",
                parse: { $0.contains(where: \.isWhitespace) || $0.contains("/") ? nil : $0 })
            ?? "127.0.0.1"
        port = reader.integer(
            "HAZINA_HTTP_PORT", default: 4000, in: 0...65535,
            "The port to listen on; 0 picks a free one.")
        maxBodyBytes = reader.integer(
            "HAZINA_MAX_BODY_BYTES", default: 1_048_576, in: 1024...1_073_741_824,
            "The largest request body, in bytes.")
        maxBatch = reader.integer(
            "HAZINA_MAX_BATCH", default: 0, in: 0...1000,
            "The most requests in one batch; 0: batches are refused.")
        pinsEventLoops = reader.flag(
            "HAZINA_PIN_EVENT_LOOPS", default: true,
            "Keep event loops on a processor each, where there are as many of both.")
        compresses = reader.flag(
            "HAZINA_COMPRESSION", default: true,
            "Compress large answers for clients that accept it.")
        persistedDocumentBytes = reader.integer(
            "HAZINA_PERSISTED_DOCUMENT_BYTES", default: 4_194_304, in: 0...1_073_741_824,
            "Documents kept for requests that send only a hash; 0: none.")
        trustedDocuments = reader.value(
            "HAZINA_TRUSTED_DOCUMENTS", fallback: "none", expected: "a folder",
            help: "A folder of *.graphql documents; no others are run then.", parse: { $0 })
        maxStreams = reader.integer(
            "HAZINA_MAX_STREAMS", default: 1000, in: 0...1_000_000,
            "Subscriptions open at once.")
        maxStreamsPerTenant = reader.integer(
            "HAZINA_MAX_STREAMS_PER_TENANT", default: 100, in: 0...1_000_000,
            "Subscriptions of one tenant open at once.")
        streamKeepAliveSeconds = reader.integer(
            "HAZINA_STREAM_KEEPALIVE_SECONDS", default: 15, in: 1...300,
            "How often a silent subscription shows life, and its key is checked.")
        trustedProxies =
            reader.value(
                "HAZINA_TRUSTED_PROXIES", fallback: "none",
                expected: "addresses or blocks separated by commas, such as 10.0.0.0/8, ::1",
                help: "Proxies whose X-Forwarded-For is believed.",
                parse: Self.addressBlocks) ?? []
        corsOrigins =
            reader.value(
                "HAZINA_CORS_ORIGINS", fallback: "none",
                expected: "origins separated by commas, such as https://wallet.example",
                help: "Origins whose web pages may use the API from a browser.",
                parse: Self.origins) ?? []
    }

    private static func origins(_ text: String) -> Set<String>? {
        var origins: Set<String> = []
        for part in text.split(separator: ",") {
            let origin = String(part).trimmingCharacters { $0.isWhitespace }
            guard let url = URLComponents(string: origin), let scheme = url.scheme,
                ["http", "https"].contains(scheme), let host = url.host, !host.isEmpty,
                origin == "\(scheme)://\(host)" + (url.port.map { ":\($0)" } ?? "")
            else { return nil }
            origins.insert(origin)
        }
        return origins
    }

    private static func addressBlocks(_ text: String) -> [AddressBlock]? {
        var blocks: [AddressBlock] = []
        for part in text.split(separator: ",") {
            let entry = String(part).trimmingCharacters { $0.isWhitespace }
            guard let block = AddressBlock(entry) else { return nil }
            blocks.append(block)
        }
        return blocks
    }
}
