import Synchronization

/// How a request ended, for those who watch the server; the worst of its parts counts.
package enum RequestOutcome: UInt8, CaseIterable, Sendable {
    case ok
    /// The caller's doing: a wrong document, an unknown id, too little money.
    case clientError
    /// Turned away: no valid key, no right, too many requests, or no room.
    case refused
    /// Ours, or the database's.
    case serverError

    package var label: String {
        switch self {
        case .ok: "ok"
        case .clientError: "client_error"
        case .refused: "refused"
        case .serverError: "server_error"
        }
    }

    /// By the `extensions.code` of an error.
    init(graphQLCode: String?) {
        switch graphQLCode {
        case "UNAUTHENTICATED", "FORBIDDEN", "TOO_MANY_REQUESTS": self = .refused
        case "INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE": self = .serverError
        default: self = .clientError
        }
    }

    /// By the code that a mutation answers.
    init(mutationCode: String) {
        switch mutationCode {
        case "200": self = .ok
        case "401", "429": self = .refused
        case _ where mutationCode.hasPrefix("5"): self = .serverError
        default: self = .clientError
        }
    }
}

/// Keeps the worst that happened in one request.
package final class OutcomeRecorder: Sendable {
    private let worst = Atomic<UInt8>(0)
    private let unavailable = Atomic(false)

    package init() {}

    package var outcome: RequestOutcome {
        RequestOutcome(rawValue: worst.load(ordering: .relaxed)) ?? .serverError
    }

    package func note(_ outcome: RequestOutcome) {
        worst.max(outcome.rawValue, ordering: .relaxed)
    }

    /// Whether something was not done for now, and may be asked for again.
    package var hasUnavailable: Bool { unavailable.load(ordering: .relaxed) }

    package func noteUnavailable() { unavailable.store(true, ordering: .relaxed) }
}
