import App

/// How events are delivered.
struct WebhookSettings: Sendable {
    var url: String?
    var secret: String?
    var timeoutSeconds: Int
    var days: Int
    var concurrency: Int
    var concurrencyPerTenant: Int
    var allowsPrivate: Bool
    /// A file of authorities beside those of the system.
    var trustedCA: String?

    /// The shortest secret, in characters.
    private static let shortestSecret = 16

    init(from reader: inout SettingsReader, for purpose: Settings.Purpose) {
        url = reader.value(
            "HAZINA_WEBHOOK_URL", fallback: nil, expected: "an http:// or https:// URL",
            help: "Where the events of tenants without a URL of their own go."
        ) { text in (try? OutboundURL(text))?.text }
        secret = reader.value(
            "HAZINA_WEBHOOK_SECRET", fallback: nil,
            expected: "a random text of \(Self.shortestSecret) characters or more",
            help: "Signs what goes there, \(Self.shortestSecret) characters or more."
        ) { text in text.count >= Self.shortestSecret ? text : nil }
        if url != nil, secret == nil, purpose != .documentation {
            reader.require(
                "HAZINA_WEBHOOK_SECRET",
                because: "what goes to HAZINA_WEBHOOK_URL is signed with it"
                    + " (openssl rand -hex 32 makes one)")
        }
        timeoutSeconds = reader.integer(
            "HAZINA_WEBHOOK_TIMEOUT_SECONDS", default: 5, in: 1...60,
            "How long a receiver may take to answer an event.")
        days = reader.integer(
            "HAZINA_WEBHOOK_DAYS", default: 3, in: 1...365,
            "After how many days an event that nobody took is given up.")
        concurrency = reader.integer(
            "HAZINA_WEBHOOK_CONCURRENCY", default: 128, in: 1...4096,
            "Events that a process delivers at the same time.")
        concurrencyPerTenant = reader.integer(
            "HAZINA_WEBHOOK_CONCURRENCY_PER_TENANT", default: 8, in: 1...4096,
            "Events of one tenant that a process delivers at the same time.")
        allowsPrivate = reader.flag(
            "HAZINA_WEBHOOK_ALLOW_PRIVATE", default: purpose == .dev,
            "Let tenants' URLs point to addresses that are not public; true in dev.")
        trustedCA = reader.value(
            "HAZINA_TRUSTED_CA", fallback: "the system's alone", expected: "a file",
            help: "A file of further authorities in PEM, for https URLs that are called.",
            parse: { $0 })
    }

    var configuration: WebhookConfiguration {
        var fallback: WebhookConfiguration.Fallback?
        if let url, let secret { fallback = .init(url: url, secret: secret) }
        return WebhookConfiguration(
            fallback: fallback, timeout: .seconds(timeoutSeconds),
            givesUpAfter: .seconds(days * 86400), concurrency: concurrency,
            concurrencyPerTenant: concurrencyPerTenant)
    }
}
