import Synchronization
package import App

/// Counts wrong keys for each client address, so that keys cannot be guessed in bulk.
///
/// A window of one minute opens with the first wrong key; once more than the allowed number have
/// come within it, each further one is refused until it closes. Only wrong keys are counted:
/// somebody behind the same address with a valid key is not disturbed. IPv6 clients are counted by
/// their /64, which is what one subscriber gets.
package final class BadKeyLimiter: Sendable {
    private struct Window {
        var opened: ContinuousClock.Instant
        var count: Int
    }

    /// Two generations bound the memory: when the younger is full it becomes the older one, and the
    /// addresses that were not seen since are forgotten. It takes constant time, whatever number of
    /// addresses an attacker has.
    private struct State {
        var young: [IPAddress?: Window] = [:]
        var old: [IPAddress?: Window] = [:]
    }

    private static let window = Duration.seconds(60)

    private let allowed: Int
    private let generationSize: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    /// - Parameters:
    ///   - perMinute: how many wrong keys an address may send in a minute; 0 sets no limit.
    ///   - capacity: how many addresses are remembered at most, at least 2.
    ///   - now: the clock, for tests.
    package init(
        perMinute: Int,
        capacity: Int = 20_000,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        allowed = perMinute
        generationSize = max(capacity / 2, 1)
        self.now = now
    }

    /// Counts one wrong key of the client.
    /// - Returns: nil while it is within the limit, otherwise the seconds (1 to 60) after which the
    ///   client may try again.
    package func count(_ client: IPAddress?) -> Int? {
        guard allowed > 0 else { return nil }
        let instant = now()
        let key = client.map { $0.family == .v6 ? $0.masked(to: 64) : $0 }
        return state.withLock { state in
            var entry = state.young[key] ?? state.old[key] ?? Window(opened: instant, count: 0)
            if instant - entry.opened >= Self.window {
                entry = Window(opened: instant, count: 0)
            }
            // The count stops above the limit: more says nothing, and it cannot overflow.
            entry.count = min(entry.count + 1, allowed + 1)
            if state.young[key] == nil, state.young.count >= generationSize {
                state.old = state.young
                state.young = [:]
            }
            state.young[key] = entry
            guard entry.count > allowed else { return nil }
            let left = Self.window - (instant - entry.opened)
            return max(1, Int(left.components.seconds) + (left.components.attoseconds > 0 ? 1 : 0))
        }
    }

    /// How many addresses are remembered.
    var rememberedAddresses: Int {
        state.withLock { $0.young.count + $0.old.count }
    }
}

/// What one request did wrong with keys. Resolvers report into it while they run, and the answer's
/// status follows from it.
package final class BadKeyTally: Sendable {
    private let limiter: BadKeyLimiter
    private let client: IPAddress?
    private let retryAfter = Mutex<Int?>(nil)

    init(limiter: BadKeyLimiter, client: IPAddress?) {
        self.limiter = limiter
        self.client = client
    }

    /// Counts a wrong key against the client.
    /// - Returns: true when the client's limit has been passed: the key is to be refused as such.
    package func reportBadKey() -> Bool {
        guard let seconds = limiter.count(client) else { return false }
        retryAfter.withLock { $0 = seconds }
        return true
    }

    /// The seconds to wait, once the limit was passed within this request.
    var secondsToWait: Int? { retryAfter.withLock { $0 } }
}
