import Synchronization

/// A caller that waits for one value, resumed once: by the value, a failure, or its cancellation,
/// whichever comes first.
final class Resumable<Value: Sendable>: Sendable {
    private enum State {
        case fresh
        case waiting(UnsafeContinuation<Value, any Error>)
        case early(Result<Value, any Error>)
        case done
    }

    private let state = Mutex(State.fresh)

    /// Whether the wait is over.
    var isFinished: Bool {
        state.withLock { state in
            switch state {
            case .fresh, .waiting: false
            case .early, .done: true
            }
        }
    }

    /// Hands over the continuation to resume. It is resumed at once if the outcome is known
    /// already.
    /// - Returns: whether the caller now waits.
    func attach(_ continuation: UnsafeContinuation<Value, any Error>) -> Bool {
        let early: Result<Value, any Error>? = state.withLock { state in
            if case .early(let result) = state {
                state = .done
                return result
            }
            state = .waiting(continuation)
            return nil
        }
        guard let early else { return true }
        continuation.resume(with: early)
        return false
    }

    /// Ends the wait.
    /// - Returns: whether this call ended it; `false` if it had ended before.
    @discardableResult
    func finish(_ result: Result<Value, any Error>) -> Bool {
        let waiting: (UnsafeContinuation<Value, any Error>?, Bool) = state.withLock { state in
            switch state {
            case .fresh:
                state = .early(result)
                return (nil, true)
            case .waiting(let continuation):
                state = .done
                return (continuation, true)
            case .early, .done:
                return (nil, false)
            }
        }
        waiting.0?.resume(with: result)
        return waiting.1
    }
}
