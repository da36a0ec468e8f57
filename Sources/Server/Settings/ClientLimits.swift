/// What clients may take up before they are asked who they are: connections, bytes and time.
struct ClientLimits: Sendable {
    var maxConnections: Int
    var maxHeaderBytes: Int
    var idleSeconds: Int
    var bodySeconds: Int
    var stallSeconds: Int

    init(from reader: inout SettingsReader) {
        maxConnections = reader.integer(
            "HAZINA_MAX_CONNECTIONS", default: 10_000, in: 1...1_000_000,
            "Client connections at once; the system's file limit must allow it.")
        maxHeaderBytes = reader.integer(
            "HAZINA_MAX_HEADER_BYTES", default: 32_768, in: 4096...1_048_576,
            "The longest request line and headers, in bytes.")
        idleSeconds = reader.integer(
            "HAZINA_IDLE_SECONDS", default: 60, in: 1...3600,
            "How long a connection may wait for a request, or a part of one.")
        bodySeconds = reader.integer(
            "HAZINA_BODY_SECONDS", default: 30, in: 1...3600,
            "How long a request's body may take to arrive.")
        stallSeconds = reader.integer(
            "HAZINA_STALL_SECONDS", default: 30, in: 1...3600,
            "How long a client may take next to nothing of an answer.")
    }
}
