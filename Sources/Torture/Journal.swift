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
    /// How long it took until the first operation was acknowledged that was sent afterwards.
    var recovery: Duration?
}

/// What clients asked for and were told, and the faults meanwhile.
final class Journal: Sendable {
    private struct State {
        var records: [Record] = []
        var injections: [Injection] = []
    }

    private let state = Mutex(State())

    var records: [Record] { state.withLock { $0.records } }
    var injections: [Injection] { state.withLock { $0.injections } }
    var epoch: Int { state.withLock { $0.injections.count } }
    /// Whether the last fault is overcome.
    var isRecovered: Bool { state.withLock { $0.injections.last?.recovery != nil } }

    func add(_ record: Record) {
        state.withLock { $0.records.append(record) }
    }

    func add(_ fault: Fault) {
        state.withLock { $0.injections.append(Injection(fault: fault, time: .now)) }
    }

    /// Notes that an attempt which began then was acknowledged.
    func succeeded(since start: ContinuousClock.Instant) {
        state.withLock { state in
            guard let last = state.injections.indices.last,
                state.injections[last].recovery == nil, start > state.injections[last].time
            else { return }
            state.injections[last].recovery = state.injections[last].time.duration(to: .now)
        }
    }
}
