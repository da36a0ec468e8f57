import Synchronization

/// Tells one waiting task of this process that there is something to do. However often it was given
/// before somebody waits, it is one signal.
package final class WakeSignal: Sendable {
    private struct State {
        var isGiven = false
        var waiting: (id: UInt64, continuation: CheckedContinuation<Bool, Never>)?
        var lastID: UInt64 = 0
    }

    private let state = Mutex(State())

    package init() {}

    package func wake() {
        let waiting = state.withLock { state in
            defer { state.waiting = nil }
            if state.waiting == nil { state.isGiven = true }
            return state.waiting
        }
        waiting?.continuation.resume(returning: true)
    }

    /// Waits for the signal and takes it, at most for `limit`. One task may wait at a time.
    /// - Returns: whether the signal was given; false also when the task is cancelled.
    package func wait(atMost limit: Duration) async -> Bool {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        // Unstructured, since who waits must go on at once when it is woken.
        let timer = Task { [weak self] in
            try? await Task.sleep(for: limit)
            self?.giveUp(id)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    guard !state.isGiven, !Task.isCancelled, state.waiting == nil else {
                        defer { state.isGiven = false }
                        return state.isGiven
                    }
                    state.waiting = (id, continuation)
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            giveUp(id)
        }
    }

    private func giveUp(_ id: UInt64) {
        let waiting = state.withLock { state in
            guard state.waiting?.id == id else { return nil as CheckedContinuation<Bool, Never>? }
            defer { state.waiting = nil }
            return state.waiting?.continuation
        }
        waiting?.resume(returning: false)
    }
}
