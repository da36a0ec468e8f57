import Telemetry

/// What the database tells of all tenants together, at one moment.
struct Observation: Sendable {
    /// Work whose delay is watched.
    enum Work: String, CaseIterable, Sendable {
        case payments
        case expiries
        case webhooks
    }

    /// For how many seconds the oldest due work has waited.
    var lags: [Work: Double] = [:]
    /// Payments and payment pointers with events to be delivered.
    var webhookSubjects: Int64 = 0
    /// Sessions that have not expired.
    var sessions: Int64 = 0
    /// Events to be delivered, of the tenants with the most.
    var backlogs: [(tenant: TenantID, events: Int64)] = []

    var samples: [MetricSample] {
        var samples = Work.allCases.map { work in
            MetricSample(
                "hazina_worker_lag_seconds", lags[work] ?? 0, ("worker", work.rawValue))
        }
        samples += backlogs.map { backlog in
            MetricSample(
                "hazina_webhook_backlog", Int(backlog.events),
                ("tenant", backlog.tenant.description))
        }
        samples.append(MetricSample("hazina_webhook_queue_subjects", Int(webhookSubjects)))
        samples.append(MetricSample("hazina_sessions_active", Int(sessions)))
        return samples
    }
}
