import Postgres

/// Where a tenant's events go.
struct Webhook: Sendable {
    let url: String
    let createdAt: Timestamp
    let updatedAt: Timestamp
    /// Until when the secret of before the last rotation signs too; nil if it does no longer.
    let previousSecretExpiresAt: Timestamp?
}

/// How events are delivered.
package struct WebhookConfiguration: Sendable {
    /// The receiver of the tenants without a URL of their own, and the secret that signs there.
    package struct Fallback: Sendable {
        package let url: String
        package let secret: String

        package init(url: String, secret: String) {
            self.url = url
            self.secret = secret
        }
    }

    /// nil: the events of tenants without a URL wait.
    package var fallback: Fallback?
    /// How long an attempt may take.
    package var timeout: Duration
    /// After how long an event that nobody took is given up.
    package var givesUpAfter: Duration
    /// How many attempts this process makes at the same time, and how many for one tenant.
    package var concurrency: Int
    package var concurrencyPerTenant: Int
    /// How often it is looked whether other processes have left something to deliver.
    package var pollInterval: Duration
    /// How much longer than it may take an attempt is waited for, until another is made.
    package var grace: Duration

    package init(
        fallback: Fallback? = nil, timeout: Duration = .seconds(5),
        givesUpAfter: Duration = .seconds(3 * 86400), concurrency: Int = 128,
        concurrencyPerTenant: Int = 8, pollInterval: Duration = .seconds(2),
        grace: Duration = .seconds(30)
    ) {
        self.fallback = fallback
        self.timeout = timeout
        self.givesUpAfter = givesUpAfter
        self.concurrency = concurrency
        self.concurrencyPerTenant = concurrencyPerTenant
        self.pollInterval = pollInterval
        self.grace = grace
    }
}

/// What can be wrong with an operation on webhooks.
enum WebhookError: DomainError {
    case badURL(reason: String)
    case notSet
    case unknownEvent
    case noEvent
    case isPending

    var code: String {
        switch self {
        case .badURL: "400"
        case .notSet, .unknownEvent, .noEvent: "404"
        case .isPending: "409"
        }
    }

    var message: String {
        switch self {
        case .badURL(let reason): "Invalid webhook url: \(reason)"
        case .notSet: "No webhook: set a URL with setWebhook first"
        case .unknownEvent: "unknown webhook event"
        case .noEvent: "No webhook event"
        case .isPending: "The event is still being delivered: wait until it is delivered or failed"
        }
    }
}
