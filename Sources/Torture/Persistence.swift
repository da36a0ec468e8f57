import Foundation
import TestSupport

/// How a client gets an answer from a server that may be away: it sends again.
struct Persistence: Sendable {
    enum Outcome: Sendable {
        /// The last answer, and whether an earlier attempt without one may have been carried out.
        case answered(code: String, JSON, mayBeDone: Bool)
        /// Every attempt was answered that nothing was done.
        case denied
        /// Nobody knows.
        case undecided
    }

    let api: API
    let journal: Journal
    /// How long it goes on asking for an answer.
    private static let patience = Duration.seconds(45)

    /// - Parameter isPatient: whether it sends again what has no answer.
    func ask(
        _ document: String, _ variables: JSON, apiKey: String, idempotencyKey: String?,
        isPatient: Bool, _ random: inout SeededRandom
    ) async -> Outcome {
        let end = ContinuousClock.now.advanced(by: isPatient ? Self.patience : .zero)
        var pause = 10
        var mayBeDone = false
        while true {
            let start = ContinuousClock.now
            let answer = await api.send(
                document, variables, apiKey: apiKey, idempotencyKey: idempotencyKey)
            switch answer {
            case .answered(let code, let json):
                if code == "200" { journal.succeeded(since: start) }
                return .answered(code: code, json, mayBeDone: mayBeDone)
            case .unavailable: break
            case .unknown(let reason):
                journal.hadNoOutcome(reason)
                mayBeDone = true
            }
            if ContinuousClock.now > end { return mayBeDone ? .undecided : .denied }
            try? await Task.sleep(for: .milliseconds(Int.random(in: 5...pause, using: &random)))
            pause = min(pause * 2, 200)
        }
    }
}
