import Postgres

/// The statements that read what is shown of all tenants together.
struct ObservationRepository: Sendable {
    /// How many tenants' backlogs are told apart: those with the most.
    private static let tenantsMax = 50

    let database: Database
    /// Tenants without a URL of their own are delivered too.
    let includesFallback: Bool

    func read() async throws -> Observation {
        async let numbers = database.readDirectory(
            """
            -- observation.numbers
            select payments_lag, expiries_lag, webhooks_lag, webhook_subjects, sessions
            from hazina.observe(\(includesFallback))
            """)
        async let backlogs = database.readDirectory(
            """
            -- observation.webhooks
            select tenant_id, waiting
            from hazina.observe_webhooks(\(includesFallback), \(Int32(Self.tenantsMax)))
            """)
        var observation = Observation()
        if let row = try await numbers.first {
            observation.lags = [
                .payments: try row.decode("payments_lag", as: Double?.self) ?? 0,
                .expiries: try row.decode("expiries_lag", as: Double?.self) ?? 0,
                .webhooks: try row.decode("webhooks_lag", as: Double?.self) ?? 0,
            ]
            observation.webhookSubjects = try row.decode("webhook_subjects", as: Int64.self)
            observation.sessions = try row.decode("sessions", as: Int64.self)
        }
        observation.backlogs = try await backlogs.map { row in
            (tenant: try row.id("tenant_id"), events: try row.decode("waiting", as: Int64.self))
        }
        return observation
    }
}
