import CSched
import Foundation
import NIOCore
import NIOPosix

/// Event loops that stay on a processor each.
///
/// Loops, the database's processes and clients wake each other all the time, and Linux likes to put
/// who is woken beside who wakes it: both loops and the database then take turns on one processor
/// while another idles, and a batch waits for its turn although it keeps everybody waiting. With
/// loops that stay apart the database is what moves, to wherever there is room.
///
/// A thread that a loop's thread makes starts on the same processor. Those are few and short-lived.
enum LoopAffinity {
    /// Spreads the loops over the processors that this process may run on. Nothing changes unless
    /// there are as many of these as loops: with a processor to spare the system knows better.
    static func spread(_ group: MultiThreadedEventLoopGroup) {
        let loops = Array(group.makeIterator())
        guard let processors = ProcessorSet.ofProcess?.numbers,
            loops.count > 1, loops.count == processors.count
        else { return }
        for (loop, processor) in zip(loops, processors) {
            loop.execute { ProcessorSet([processor]).assignToThisThread() }
        }
    }
}

/// Processors that a thread may run on; see sched_setaffinity(2).
struct ProcessorSet: Equatable {
    /// Room for as many processors as Linux can be built for.
    private static let bytes = 1_024

    /// A bit for each processor, the lowest first.
    private var mask = [UInt8](repeating: 0, count: bytes)

    /// Those of the thread that the process began with, which is no loop's; nil when the system
    /// does not say.
    static var ofProcess: ProcessorSet? {
        ProcessorSet(ofThread: ProcessInfo.processInfo.processIdentifier)
    }

    static var ofThisThread: ProcessorSet? { ProcessorSet(ofThread: 0) }

    private init?(ofThread thread: Int32) {
        guard sched_getaffinity(thread, Self.bytes, &mask) >= 0 else { return nil }
    }

    /// Those of these numbers that there can be.
    init(_ numbers: [Int]) {
        for number in numbers where (0..<mask.count * 8).contains(number) {
            mask[number / 8] |= 1 << UInt8(number % 8)
        }
    }

    /// The processors' numbers, ascending.
    var numbers: [Int] {
        (0..<mask.count * 8).filter { mask[$0 / 8] & 1 << UInt8($0 % 8) != 0 }
    }

    /// - Returns: false when the system does not let it; nothing changes then.
    @discardableResult
    func assignToThisThread() -> Bool {
        sched_setaffinity(0, Self.bytes, mask) == 0
    }
}
