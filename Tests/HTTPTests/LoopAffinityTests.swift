import NIOCore
import NIOPosix
import Testing

@testable import HTTP

@Suite(.serialized) struct LoopAffinityTests {
    /// The processors of each of a group's loops after they were spread. A thread starts with those
    /// of the one that makes it, which may be a server's loop here: that is undone before.
    private func processors(ofLoops count: Int) async throws -> [ProcessorSet] {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        let all = try #require(ProcessorSet.ofProcess)
        for loop in group.makeIterator() {
            _ = try await loop.submit { all.assignToThisThread() }.get()
        }
        _ = await LoopAffinity(group)?.spread()
        var sets: [ProcessorSet] = []
        for loop in group.makeIterator() {
            sets.append(
                try await loop.submit { try #require(ProcessorSet.ofThisThread) }.get())
        }
        try await group.shutdownGracefully()
        return sets
    }

    @Test func `as many loops as processors get one each`() async throws {
        let all = try #require(ProcessorSet.ofProcess)
        let sets = try await processors(ofLoops: all.numbers.count)
        #expect(sets.flatMap(\.numbers).sorted() == all.numbers)
        #expect(sets.allSatisfy { $0.numbers.count == 1 })
    }

    @Test(arguments: [-1, 1])
    func `fewer or more loops stay where the system puts them`(difference: Int) async throws {
        let all = try #require(ProcessorSet.ofProcess)
        let sets = try await processors(ofLoops: max(all.numbers.count + difference, 1))
        // One loop on one processor has nowhere else to be.
        #expect(sets.allSatisfy { $0 == all })
    }

    @Test func `a thread keeps to what it is given`() async throws {
        let all = try #require(ProcessorSet.ofProcess)
        let last = try #require(all.numbers.last)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let (kept, refused) = try await group.next().submit {
            let isSet = ProcessorSet([last]).assignToThisThread()
            let kept = isSet ? ProcessorSet.ofThisThread?.numbers : nil
            return (kept, ProcessorSet([]).assignToThisThread())
        }.get()
        try await group.shutdownGracefully()
        #expect(kept == [last])
        #expect(!refused)
    }

    @Test func `a thread that a loop made is let go, and the loop is not`() async throws {
        let all = try #require(ProcessorSet.ofProcess)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: all.numbers.count)
        if let affinity = LoopAffinity(group) {
            let loops = await affinity.spread()
            #expect(loops.count == all.count)
            let loop = group.next()
            let made = try await loop.submit { MultiThreadedEventLoopGroup(numberOfThreads: 1) }
                .get()
            let processors = { (loop: any EventLoop) in
                try await loop.submit { ProcessorSet.ofThisThread?.count }.get()
            }
            #expect(try await processors(made.next()) == 1)
            affinity.releaseThreads(except: loops)
            #expect(try await processors(made.next()) == all.count)
            #expect(try await processors(loop) == 1)
            try await made.shutdownGracefully()
        }
        try await group.shutdownGracefully()
    }

    @Test func `a set holds the numbers that there can be`() {
        #expect(ProcessorSet([9, 0, 8191]).numbers == [0, 9, 8191])
        #expect(ProcessorSet([-1, 8192, .max, .min]).numbers == [])
    }
}
