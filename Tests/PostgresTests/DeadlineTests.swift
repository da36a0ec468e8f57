import Testing

@testable import Postgres

/// Work that must have ended by a time of its own.
@Suite(.timeLimit(.minutes(5))) struct DeadlineTests {
    private typealias Instant = ContinuousClock.Instant

    @Test func `who has less time than those in front gives up before them`() {
        let start = Instant.now
        func at(_ seconds: Int) -> Instant { start.advanced(by: .seconds(seconds)) }
        var queue = WaitQueue<String>()
        for (ticket, seconds) in [(1, 9), (2, 2), (3, 5), (4, 2)] as [(UInt64, Int)] {
            queue.insert("\(ticket)", ticket: ticket, deadline: at(seconds))
        }
        #expect(queue.firstDeadline == at(2))
        do { let gone = queue.expire(at: at(1)); #expect(gone.isEmpty) }
        do { let gone = queue.expire(at: at(2)); #expect(gone == ["2", "4"]) }
        #expect(queue.firstDeadline == at(5))
        #expect(queue.count == 2)
        do { let first = queue.popFirst(); #expect(first == "1") }
        do { let gone = queue.expire(at: at(6)); #expect(gone == ["3"]) }
        #expect(queue.isEmpty)
        #expect(queue.firstDeadline == nil)
        #expect(queue.firstTicket == nil)
        queue.insert("5", ticket: 5, deadline: at(7))
        #expect(queue.firstDeadline == at(7))
    }

    @Test func `a caller waits for a connection no longer than its work may take`() async throws {
        try await TestServer.withPool(size: 1) { pool in
            try await pool.transaction { transaction in
                try await transaction.query("select 1")
                let soon = Instant.now.advanced(by: .milliseconds(100))
                await Pool.$deadline.withValue(soon) {
                    for isRead in [true, false] {
                        let error = await #expect(throws: PostgresError.self) {
                            _ =
                                isRead
                                ? try await pool.read("select 1")
                                : try await pool.write(["select 1"])[0]
                        }
                        #expect(error?.kind == .poolTimeout)
                        #expect(error?.isUnavailable == true)
                    }
                }
            }
        }
    }

    @Test func `what should have ended does not begin`() async throws {
        try await TestServer.withPool(size: 1) { pool in
            let before = Instant.now
            await Pool.$deadline.withValue(before) {
                await #expect(throws: PostgresError.self) { try await pool.read("select 1") }
                await #expect(throws: PostgresError.self) {
                    try await pool.transaction { _ in Issue.record("it began") }
                }
            }
            let rows = try await pool.read("select 1")
            #expect(rows.count == 1)
        }
    }
}
