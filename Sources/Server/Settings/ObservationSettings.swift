/// What the server shows of itself, and to whom.
struct ObservationSettings: Sendable {
    /// What `/metrics` asks for; nil lets direct callers on this machine read it.
    var metricsToken: String?
    var metricsHost: String
    /// Nil serves `/metrics` on the API's port.
    var metricsPort: Int?
    var tracing: TracingSettings
    /// 0 logs no slow statements.
    var slowStatementMilliseconds: Int

    /// The shortest token, in characters.
    private static let shortestToken = 16

    init(from reader: inout SettingsReader) {
        metricsToken = reader.value(
            "HAZINA_METRICS_TOKEN", fallback: nil,
            expected: "a random text of \(Self.shortestToken) characters or more, without blanks",
            help: "What /metrics asks for; unset: direct callers on this machine."
        ) { text in
            text.count >= Self.shortestToken && !text.contains(where: \.isWhitespace) ? text : nil
        }
        metricsHost =
            reader.value(
                "HAZINA_METRICS_HOST", fallback: "127.0.0.1",
                expected: "an address or a host name, such as 127.0.0.1, 0.0.0.0 or ::",
                help: "The address of the listener of HAZINA_METRICS_PORT.",
                parse: { $0.contains(where: \.isWhitespace) || $0.contains("/") ? nil : $0 })
            ?? "127.0.0.1"
        metricsPort = reader.value(
            "HAZINA_METRICS_PORT", fallback: nil, expected: "a whole number from 0 to 65535",
            help: "A port for /metrics alone; unset: it is on the API's."
        ) { text in Int(text).flatMap { (0...65535).contains($0) ? $0 : nil } }
        tracing = TracingSettings(from: &reader)
        slowStatementMilliseconds = reader.integer(
            "HAZINA_SLOW_STATEMENT_MS", default: 500, in: 0...3_600_000,
            "Statements that take longer are logged by name; 0: none.")
    }
}
