import HTTP

/// How much is worked on at once, and how many requests a second are taken.
struct LoadSettings: Sendable {
    var admission = AdmissionLimits()
    var rates = RateLimits()

    init(from reader: inout SettingsReader) {
        admission.maxRequests = reader.integer(
            "HAZINA_MAX_REQUESTS", default: admission.maxRequests, in: 1...100_000,
            "GraphQL requests worked on at once.")
        admission.maxRequestsPerTenant = reader.integer(
            "HAZINA_MAX_REQUESTS_PER_TENANT", default: admission.maxRequestsPerTenant,
            in: 1...100_000, "The same for each tenant.")
        admission.maxQueued = reader.integer(
            "HAZINA_MAX_QUEUED_REQUESTS", default: admission.maxQueued, in: 0...100_000,
            "Requests that wait for others, 1 s at most; beyond: 503.")
        let seconds = reader.integer(
            "HAZINA_REQUEST_SECONDS", default: Int(admission.requestTime.components.seconds),
            in: 1...3600, "How long a request may wait and work, the database included.")
        admission.requestTime = .seconds(seconds)
        rates.perTenant = reader.integer(
            "HAZINA_TENANT_REQUESTS_PER_SECOND", default: 0, in: 0...1_000_000,
            "Requests a second of a tenant, twice as many at once; 0: no limit.")
        rates.perKey = reader.integer(
            "HAZINA_KEY_REQUESTS_PER_SECOND", default: 0, in: 0...1_000_000,
            "The same for each key or session; 0: no limit.")
    }
}
