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
/// A thread starts with the processors of the one that makes it. What loops make, as the system's
/// pool of threads, is let go again.
struct LoopAffinity {
    /// How long a thread that a loop made may stay where that is.
    private static let period = Duration.seconds(1)

    private let group: MultiThreadedEventLoopGroup
    private let processors: ProcessorSet

    /// nil unless there are as many loops as processors that this process may run on: with one to
    /// spare the system knows better.
    init?(_ group: MultiThreadedEventLoopGroup) {
        guard let processors = ProcessorSet.ofProcess else { return nil }
        let count = group.makeIterator().reduce(0) { count, _ in count + 1 }
        guard count > 1, count == processors.count else { return nil }
        self.group = group
        self.processors = processors
    }

    /// Keeps the loops where they are put until it is cancelled.
    func run() async {
        let loops = await spread()
        while !Task.isCancelled {
            releaseThreads(except: loops)
            try? await Task.sleep(for: Self.period)
        }
    }

    /// Spreads the loops over the processors. Processes side by side begin with different ones.
    /// - Returns: the loops' threads.
    func spread() async -> Set<Int32> {
        let numbers = processors.numbers
        let first = Int(ProcessInfo.processInfo.processIdentifier) % numbers.count
        var threads: Set<Int32> = []
        for (place, loop) in group.makeIterator().enumerated() {
            let set = ProcessorSet([numbers[(first + place) % numbers.count]])
            let thread = try? await loop.submit {
                set.assignToThisThread()
                return gettid()
            }.get()
            if let thread { threads.insert(thread) }
        }
        return threads
    }

    /// Gives threads that are on one processor, as loops are, all of the process's again.
    func releaseThreads(except loops: Set<Int32>) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        for thread in names.compactMap({ Int32($0) }) where !loops.contains(thread) {
            guard ProcessorSet(ofThread: thread)?.count == 1 else { continue }
            processors.assign(toThread: thread)
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

    /// - Parameter thread: its number in the system; 0 for this one.
    init?(ofThread thread: Int32) {
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

    var count: Int { mask.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// - Returns: false when the system does not let it; nothing changes then.
    @discardableResult
    func assignToThisThread() -> Bool { assign(toThread: 0) }

    @discardableResult
    func assign(toThread thread: Int32) -> Bool {
        sched_setaffinity(thread, Self.bytes, mask) == 0
    }
}
