import Postgres

/// Whether the server can serve requests.
package enum Readiness: Sendable, Equatable {
    case ready
    /// With a reason that is safe to show to anybody.
    case unavailable(reason: String)

    static func check(_ pool: Pool) async -> Readiness {
        do {
            switch try await SchemaVersion.state(pool) {
            case .current, .newerCompatible: return .ready
            case .behind:
                return .unavailable(reason: "the schema is behind this server: run hazina migrate")
            case .incompatible(let reason):
                return .unavailable(reason: reason)
            }
        } catch {
            return .unavailable(reason: "the database cannot be reached")
        }
    }
}
