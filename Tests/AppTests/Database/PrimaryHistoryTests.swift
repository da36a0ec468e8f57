import Foundation
import Testing

@testable import App

/// How far a standby must be, without any server.
@Suite struct PrimaryHistoryTests {
    private let start = ContinuousClock.now
    private let tenant = TenantID.next()

    private func place(_ position: Int64, timeline: Int32 = 1) -> LogPlace {
        LogPlace(database: "1/1", timeline: timeline, position: position)
    }

    private func after(_ seconds: Int) -> ContinuousClock.Instant {
        start + .seconds(seconds)
    }

    /// Of a primary that writes 10 bytes a second.
    private func history(seconds: Int, maxLag: Duration = .seconds(5)) -> PrimaryHistory {
        var history = PrimaryHistory(maxLag: maxLag, now: start)
        for second in 0...seconds {
            history.add(place(Int64(second) * 10), asked: after(second))
        }
        return history
    }

    @Test func `a standby must be where the primary was so long ago as it may lag`() {
        let history = history(seconds: 20)
        #expect(history.required(now: after(20), writtenIn: nil) == 150)
        #expect(history.required(now: after(22), writtenIn: nil) == 170)
        #expect(history.required(now: after(25), writtenIn: nil) == 200)
        // Nothing is known that is not older.
        #expect(history.required(now: after(26), writtenIn: nil) == nil)
        #expect(PrimaryHistory(maxLag: .seconds(5)).required(now: .now, writtenIn: nil) == nil)
    }

    @Test func `in the beginning it must be as far as is known`() {
        #expect(history(seconds: 1).required(now: after(1), writtenIn: nil) == 0)
    }

    @Test func `what this process wrote must be there, of that tenant alone`() {
        var history = history(seconds: 20)
        history.noteWrite(in: tenant, now: after(20) + .milliseconds(1))
        #expect(history.required(now: after(21), writtenIn: tenant) == nil)
        #expect(history.required(now: after(21), writtenIn: .next()) == 160)
        #expect(history.required(now: after(21), writtenIn: nil) == 160)
        history.add(place(210), asked: after(21))
        #expect(history.required(now: after(21), writtenIn: tenant) == 210)
        for second in 22...40 {
            history.add(place(Int64(second) * 10), asked: after(second))
            let required = history.required(now: after(second), writtenIn: tenant)
            // Until it is so old that it is there anyway.
            #expect(required == max(210, Int64(second - 5) * 10))
        }
    }

    @Test func `positions of another timeline or database are not compared`() {
        var history = history(seconds: 20)
        history.add(place(120, timeline: 2), asked: after(21))
        #expect(history.required(now: after(21), writtenIn: nil) == 120)
        history.add(
            LogPlace(database: "2/1", timeline: 2, position: 7), asked: after(22))
        #expect(history.required(now: after(22), writtenIn: nil) == 7)
    }

    @Test func `the lag is the time since the standby had everything`() {
        var history = history(seconds: 20)
        #expect(history.lag(at: 185, now: after(20)) == .seconds(2))
        for second in 21...60 {
            history.add(place(Int64(second) * 10), asked: after(second))
        }
        #expect(history.lag(at: 185, now: after(60)) == .seconds(42))
        #expect(history.lag(at: 600, now: after(60)) == .zero)
    }
}
