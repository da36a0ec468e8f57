/// How many requests are worked on and wait, and for how long.
package struct AdmissionLimits: Sendable {
    /// GraphQL requests at work at once, at least 1. Open event streams are not among them.
    package var maxRequests = 256
    /// The same for each tenant, at least 1. Few enough that a request of another tenant, which
    /// shares the processors and the database with them, is answered soon.
    package var maxRequestsPerTenant = 64
    /// Requests that may wait until others are done.
    package var maxQueued = 2048
    /// How long one waits at most before it is refused.
    package var patience = Duration.seconds(1)
    /// How long a request may take in all, from its last byte on. What it asks of the database ends
    /// by then.
    package var requestTime = Duration.seconds(10)

    package init() {}
}

/// How many requests a second are taken; 0 sets no limit. Twice as many may come at once.
package struct RateLimits: Sendable {
    /// From each tenant.
    package var perTenant = 0
    /// With each key, or in each session.
    package var perKey = 0

    package init() {}
}
