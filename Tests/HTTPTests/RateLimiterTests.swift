import Synchronization
import Testing

@testable import HTTP

@Suite struct RateLimiterTests {
    /// A clock that stands still until it is told.
    private final class Clock: Sendable {
        private let time = Mutex(ContinuousClock.now)

        var now: ContinuousClock.Instant { time.withLock { $0 } }

        func advance(by duration: Duration) { time.withLock { $0 = $0.advanced(by: duration) } }
    }

    private let clock = Clock()

    private func limiter(tenant: Int = 0, key: Int = 0, capacity: Int = 100) throws -> RateLimiter {
        var limits = RateLimits()
        limits.perTenant = tenant
        limits.perKey = key
        let made = RateLimiter(limits, capacity: capacity) { [clock] in clock.now }
        return try #require(made)
    }

    @Test func `without limits there is nothing to do`() {
        #expect(RateLimiter(RateLimits()) == nil)
    }

    @Test func `twice the rate comes at once, then so many a second`() throws {
        let limiter = try limiter(tenant: 5)
        for left in (0..<10).reversed() {
            let standing = limiter.charge(tenant: 7, key: 1)
            #expect(standing.secondsToWait == nil)
            #expect(standing.left == "\"tenant\";r=\(left);t=\(left < 5 ? 2 : 1)")
            #expect(standing.policy == "\"tenant\";q=10;w=2")
        }
        #expect(limiter.charge(tenant: 7, key: 2).secondsToWait == 1)
        #expect(limiter.charge(tenant: 7, key: 2).left == "\"tenant\";r=0;t=2")
        #expect(limiter.charge(tenant: 8, key: 2).secondsToWait == nil)
        clock.advance(by: .milliseconds(200))
        #expect(limiter.charge(tenant: 7, key: 1).secondsToWait == nil)
        #expect(limiter.charge(tenant: 7, key: 1).secondsToWait == 1)
        clock.advance(by: .seconds(1000))
        #expect(limiter.charge(tenant: 7, key: 1).left == "\"tenant\";r=9;t=1")
    }

    @Test func `what one limit refuses takes nothing of the other`() throws {
        let limiter = try limiter(tenant: 4, key: 1)
        for _ in 0..<2 { #expect(limiter.charge(tenant: 7, key: 1).secondsToWait == nil) }
        for _ in 0..<20 { #expect(limiter.charge(tenant: 7, key: 1).secondsToWait == 1) }
        let other = limiter.charge(tenant: 7, key: 2)
        #expect(other.secondsToWait == nil)
        #expect(other.left == "\"tenant\";r=5;t=1, \"key\";r=1;t=1")
        #expect(other.policy == "\"tenant\";q=8;w=2, \"key\";q=2;w=2")
    }

    @Test func `memory is bounded`() throws {
        let limiter = try limiter(tenant: 1, key: 1, capacity: 100)
        for number in 0..<10_000 { _ = limiter.charge(tenant: number, key: number) }
        #expect(limiter.rememberedBuckets <= 200)
    }

    @Test func `who is busy is not forgotten`() throws {
        let limiter = try limiter(key: 1, capacity: 10)
        for _ in 0..<2 { _ = limiter.charge(tenant: 0, key: 0) }
        for number in 1..<100 {
            _ = limiter.charge(tenant: 0, key: number)
            #expect(limiter.charge(tenant: 0, key: 0).secondsToWait == 1)
        }
    }
}
