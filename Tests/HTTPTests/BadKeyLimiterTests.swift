import Synchronization
import Testing

@testable import App
@testable import HTTP

@Suite struct BadKeyLimiterTests {
    /// A clock that stands still unless it is moved.
    private final class StillClock: Sendable {
        private let instant = Mutex(ContinuousClock.now)

        var now: ContinuousClock.Instant { instant.withLock { $0 } }

        func advance(by duration: Duration) { instant.withLock { $0 += duration } }
    }

    private let clock = StillClock()
    private let alice = IPAddress("192.0.2.1")
    private let bob = IPAddress("192.0.2.2")

    private func limiter(_ perMinute: Int, capacity: Int = 100) -> BadKeyLimiter {
        BadKeyLimiter(perMinute: perMinute, capacity: capacity) { [clock] in clock.now }
    }

    @Test func `the first key over the limit is refused until the minute is over`() {
        let limiter = limiter(3)
        for _ in 1...3 { #expect(limiter.count(alice) == nil) }
        #expect(limiter.count(alice) == 60)
        clock.advance(by: .milliseconds(20_500))
        #expect(limiter.count(alice) == 40)
        clock.advance(by: .seconds(40))
        #expect(limiter.count(alice) == nil)
    }

    @Test func `addresses are counted apart`() {
        let limiter = limiter(1)
        #expect(limiter.count(alice) == nil)
        #expect(limiter.count(alice) != nil)
        #expect(limiter.count(bob) == nil)
    }

    @Test func `IPv6 addresses of one network are counted together`() {
        let limiter = limiter(1)
        #expect(limiter.count(IPAddress("2001:db8:0:1::1")) == nil)
        #expect(limiter.count(IPAddress("2001:db8:0:1:ffff::2")) != nil)
        #expect(limiter.count(IPAddress("2001:db8:0:2::1")) == nil)
    }

    @Test func `zero sets no limit`() {
        let limiter = limiter(0)
        for _ in 1...1000 { #expect(limiter.count(alice) == nil) }
    }

    @Test func `the number of remembered addresses is bounded, and the latest are kept`() {
        let limiter = limiter(1, capacity: 100)
        for number in 0..<10_000 {
            _ = limiter.count(IPAddress(family: .v4, bits: UInt128(number)))
            #expect(limiter.rememberedAddresses <= 101)
        }
        #expect(limiter.count(IPAddress(family: .v4, bits: 9_999)) != nil)
    }

    @Test func `an address that keeps trying is not forgotten while others come`() {
        let limiter = limiter(1, capacity: 20)
        #expect(limiter.count(alice) == nil)
        for number in 0..<1000 {
            _ = limiter.count(IPAddress(family: .v4, bits: UInt128(number)))
            #expect(limiter.count(alice) != nil)
        }
    }

    @Test func `a request reports its wrong keys and knows the wait`() {
        let tally = BadKeyTally(limiter: limiter(1), client: alice)
        #expect(!tally.reportBadKey())
        #expect(tally.secondsToWait == nil)
        #expect(tally.reportBadKey())
        #expect(tally.secondsToWait == 60)
    }
}
