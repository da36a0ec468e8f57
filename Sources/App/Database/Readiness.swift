import Postgres

/// Whether the server can serve requests.
package enum Readiness: Sendable, Equatable {
    case ready
    /// With a reason that is safe to show to anybody.
    case unavailable(reason: String)

    /// How long the database may take to say so: whoever asks does not wait for long either.
    private static let patience = Duration.milliseconds(1500)

    static func check(_ pool: Pool) async -> Readiness {
        await withTaskGroup(of: Readiness?.self) { group in
            group.addTask { await ask(pool) }
            group.addTask {
                try? await Task.sleep(for: patience)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next()?.flatMap(\.self)
                ?? .unavailable(reason: "the database does not answer")
        }
    }

    private static func ask(_ pool: Pool) async -> Readiness {
        do {
            guard try await SchemaVersion.takesWrites(pool) else {
                return .unavailable(reason: "the database is read-only")
            }
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
