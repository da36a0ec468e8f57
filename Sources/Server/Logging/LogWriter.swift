import Dispatch
import Foundation
import Synchronization

/// Writes lines to a file of the process, many in one call when many come: a call for each costs a
/// busy server more than making the line.
///
/// A line waits for a hundredth of a second at most, less when it is urgent or many wait. Lines are
/// never mixed, and written in their order. What cannot be written is lost.
final class LogWriter: Sendable {
    static let standardError: LogWriter = {
        let writer = LogWriter(file: STDERR_FILENO)
        atexit { LogWriter.standardError.flush() }
        return writer
    }()

    private static let patience = DispatchTimeInterval.milliseconds(10)
    /// How many bytes may wait; whoever has more writes them itself.
    private static let limit = 65_536

    private struct State {
        var waiting: [UInt8] = []
        var isScheduled = false
    }

    private let file: Int32
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "hazina.log")

    init(file: Int32) {
        self.file = file
    }

    func write(_ line: String, isUrgent: Bool) {
        write(Array(line.utf8), isUrgent: isUrgent)
    }

    /// - Parameter isUrgent: it is written before this returns, with all before it.
    func write(_ line: [UInt8], isUrgent: Bool) {
        let mustSchedule = state.withLock { state in
            state.waiting.append(contentsOf: line)
            state.waiting.append(UInt8(ascii: "\n"))
            if isUrgent || state.waiting.count > Self.limit {
                drain(&state)
                return false
            }
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        guard mustSchedule else { return }
        queue.asyncAfter(deadline: .now() + Self.patience) { [self] in
            state.withLock { state in
                state.isScheduled = false
                drain(&state)
            }
        }
    }

    /// Writes all that waits.
    func flush() {
        state.withLock { drain(&$0) }
    }

    /// Under the lock, so that lines keep their order.
    private func drain(_ state: inout State) {
        state.waiting.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                let count = systemWrite(file, part.baseAddress, part.count)
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if errno != EINTR {
                    return
                }
            }
        }
        state.waiting.removeAll(keepingCapacity: true)
    }
}

/// The system's `write`, whose name a method takes above.
private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(file, bytes, count)
}
