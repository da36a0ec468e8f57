import App

/// How long is kept what nobody needs any more.
struct RetentionSettings: Sendable {
    var sessionDays: Int
    var quoteDays: Int
    var eventDays: Int
    var auditDays: Int

    init(from reader: inout SettingsReader) {
        sessionDays = reader.integer(
            "HAZINA_SESSION_RETENTION_DAYS", default: 7, in: 0...3650,
            "Days that a session is kept after it expired.")
        quoteDays = reader.integer(
            "HAZINA_QUOTE_RETENTION_DAYS", default: 30, in: 1...3650,
            "Days that a quote is kept which no payment has used.")
        eventDays = reader.integer(
            "HAZINA_EVENT_RETENTION_DAYS", default: 90, in: 1...3650,
            "Days that a delivered event is kept, and longer while its money waits.")
        auditDays = reader.integer(
            "HAZINA_AUDIT_RETENTION_DAYS", default: 400, in: 30...36_500,
            "Days that an entry of the audit log is kept.")
    }

    var configuration: RetentionConfiguration {
        RetentionConfiguration(
            sessionDays: sessionDays, quoteDays: quoteDays, eventDays: eventDays,
            auditDays: auditDays)
    }
}
