import Foundation
import Synchronization

/// Time-ordered UUIDs (RFC 9562, section 5.7, with a 12-bit sub-millisecond fraction as in its
/// section 6.2, method 3), strictly increasing within the process, and by the database's clock.
enum UUIDv7 {
    /// Last used timestamp in units of 1/4096 ms since the Unix epoch.
    private static let last = Mutex<UInt64>(0)

    static func next() -> UUID {
        let now = DatabaseClock.now * 1000 * 4096
        let ticks = last.withLock { last in
            last = max(last &+ 1, UInt64(max(0, now)))
            return last
        }
        return make(ticks: ticks, random: UInt64.random(in: .min ... .max))
    }

    static func make(ticks: UInt64, random: UInt64) -> UUID {
        let milliseconds = ticks >> 12
        let high = (milliseconds << 16) | 0x7000 | (ticks & 0xFFF)
        let low = (random & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        func byte(_ word: UInt64, _ index: UInt64) -> UInt8 {
            UInt8(truncatingIfNeeded: word >> (56 - 8 * index))
        }
        return UUID(
            uuid: (
                byte(high, 0), byte(high, 1), byte(high, 2), byte(high, 3),
                byte(high, 4), byte(high, 5), byte(high, 6), byte(high, 7),
                byte(low, 0), byte(low, 1), byte(low, 2), byte(low, 3),
                byte(low, 4), byte(low, 5), byte(low, 6), byte(low, 7)
            ))
    }
}
