import App
import HTTPTypes
import Synchronization

/// Limits how many requests a second come from a tenant and with a key: token buckets that hold
/// what comes in two seconds. The least used ones are forgotten, which is as if they were full.
final class RateLimiter: Sendable {
    /// One kind of bucket.
    private struct Limit: Sendable {
        let name: String
        let perSecond: Int64

        /// How many tokens a bucket holds.
        var burst: Int64 { 2 * perSecond }
        /// The time in which a token comes, in nanoseconds.
        var interval: Int64 { 1_000_000_000 / perSecond }
        /// The time in which a bucket fills.
        var depth: Int64 { interval * burst }

        /// `draft-ietf-httpapi-ratelimit-headers`: the quota and its window in seconds.
        var policy: String { "\"\(name)\";q=\(burst);w=2" }
    }

    private struct State {
        /// When each bucket will be full, in nanoseconds since the start.
        var tenants: Generations<Int, Int64>
        var keys: Generations<Int, Int64>
    }

    private let tenant: Limit?
    private let key: Limit?
    private let now: @Sendable () -> ContinuousClock.Instant
    private let start: ContinuousClock.Instant
    private let state: Mutex<State>

    /// - Parameters:
    ///   - capacity: how many buckets of a kind are remembered at most.
    ///   - now: the clock, for tests.
    /// - Returns: nil where no limit is set.
    init?(
        _ limits: RateLimits, capacity: Int = 100_000,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        guard limits.perTenant > 0 || limits.perKey > 0 else { return nil }
        func limit(_ name: String, _ perSecond: Int) -> Limit? {
            perSecond > 0 ? Limit(name: name, perSecond: Int64(perSecond)) : nil
        }
        tenant = limit("tenant", limits.perTenant)
        key = limit("key", limits.perKey)
        self.now = now
        start = now()
        state = Mutex(
            State(tenants: Generations(capacity: capacity), keys: Generations(capacity: capacity)))
    }

    /// How many buckets are remembered.
    var rememberedBuckets: Int { state.withLock { $0.tenants.count + $0.keys.count } }

    /// Takes a token out of each bucket, or none if one of them is empty.
    func charge(tenant tenantNumber: Int, key keyNumber: Int) -> RateStanding {
        let elapsed = start.duration(to: now()).components
        let now = elapsed.seconds * 1_000_000_000 + elapsed.attoseconds / 1_000_000_000
        return state.withLock { state in
            let draws = [
                tenant.map { Draw($0, full: state.tenants[tenantNumber], now) },
                key.map { Draw($0, full: state.keys[keyNumber], now) },
            ]
            let missing = draws.compactMap { $0?.missing }.max() ?? 0
            if missing <= 0 {
                if let draw = draws[0] { state.tenants[tenantNumber] = draw.after }
                if let draw = draws[1] { state.keys[keyNumber] = draw.after }
            }
            let present = draws.compactMap(\.self)
            return RateStanding(
                secondsToWait: missing > 0 ? Self.seconds(missing) : nil,
                policy: present.map(\.limit.policy).joined(separator: ", "),
                left: present.map { $0.left(isTaken: missing <= 0) }.joined(separator: ", "))
        }
    }

    private static func seconds(_ nanoseconds: Int64) -> Int64 {
        (nanoseconds + 999_999_999) / 1_000_000_000
    }

    /// What taking a token out of a bucket would do.
    private struct Draw {
        let limit: Limit
        private let now: Int64
        private let before: Int64
        let after: Int64

        init(_ limit: Limit, full: Int64?, _ now: Int64) {
            self.limit = limit
            self.now = now
            before = max(full ?? now, now)
            after = before + limit.interval
        }

        /// How long until there is a token, in nanoseconds; 0 or less if there is one.
        var missing: Int64 { after - now - limit.depth }

        /// The tokens that are left, and the seconds until the bucket is full.
        func left(isTaken: Bool) -> String {
            let filling = (isTaken ? after : before) - now
            let tokens = max(0, limit.depth - filling) / limit.interval
            return "\"\(limit.name)\";r=\(tokens);t=\(seconds(filling))"
        }
    }
}

/// How a caller stands with its limits.
struct RateStanding: Sendable {
    /// Nil for one that is within them.
    let secondsToWait: Int64?
    /// The value of `RateLimit-Policy`.
    let policy: String
    /// The value of `RateLimit`.
    let left: String
}

extension Answer {
    /// The same answer with what tells the caller of its limits.
    func with(_ standing: RateStanding) -> Answer {
        with(.rateLimitPolicy, standing.policy).with(.rateLimit, standing.left)
    }
}
