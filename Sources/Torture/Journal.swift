import Foundation
import Synchronization

/// What a client knows of an operation in the end.
enum Verdict: Sendable {
    /// The server said that it is done.
    case acknowledged
    /// The server said that it did nothing.
    case denied
    /// No answer came, and the client gave up.
    case undecided
    /// The server said what cannot be.
    case contradiction(String)
}

struct Record: Sendable {
    let operation: Operation
    let verdict: Verdict
    /// How many faults there had been when it was first sent.
    let epoch: Int
}

/// A fault that was injected.
struct Injection: Sendable {
    let fault: Fault
    let time: ContinuousClock.Instant
    /// When what it broke worked again.
    var restored: ContinuousClock.Instant?
    /// How long it took from then until an operation was acknowledged that was sent since it began.
    var recovery: Duration?
}

/// What clients asked for and were told, and the faults meanwhile.
final class Journal: Sendable {
    private struct State {
        var records: [Record] = []
        var steps: [PaymentStep] = []
        var injections: [Injection] = []
        var complaints: [String] = []
        var silences: [String: Int] = [:]
    }

    private let state = Mutex(State())

    var records: [Record] { state.withLock { $0.records } }
    var steps: [PaymentStep] { state.withLock { $0.steps } }
    var injections: [Injection] { state.withLock { $0.injections } }
    var epoch: Int { state.withLock { $0.injections.count } }
    /// What was seen to be wrong while it ran.
    var complaints: [String] { state.withLock { $0.complaints } }
    /// Why attempts had no outcome, with how many.
    var silences: [String: Int] { state.withLock { $0.silences } }
    /// Whether the last fault is overcome.
    var isRecovered: Bool { state.withLock { $0.injections.last?.recovery != nil } }

    func add(_ record: Record) {
        state.withLock { $0.records.append(record) }
    }

    func add(_ step: PaymentStep) {
        state.withLock { $0.steps.append(step) }
    }

    func add(_ fault: Fault) {
        state.withLock { $0.injections.append(Injection(fault: fault, time: .now)) }
    }

    func complain(_ problem: String) {
        state.withLock { $0.complaints.append(problem) }
    }

    func hadNoOutcome(_ reason: String) {
        state.withLock { $0.silences[String(reason.prefix(100)), default: 0] += 1 }
    }

    /// Notes that what the last fault broke works again.
    func restored() {
        state.withLock { state in
            guard let last = state.injections.indices.last else { return }
            state.injections[last].restored = .now
        }
    }

    /// Notes that an attempt which began then was acknowledged.
    func succeeded(since start: ContinuousClock.Instant) {
        state.withLock { state in
            guard let last = state.injections.indices.last,
                state.injections[last].recovery == nil, start > state.injections[last].time,
                let restored = state.injections[last].restored
            else { return }
            state.injections[last].recovery = restored.duration(to: .now)
        }
    }
}
