import Testing

@testable import Postgres

/// What is known of a segment whose connection was lost.
@Suite struct SegmentTests {
    private let gone = PostgresError(.connectionLost, "gone")

    private func segment(answered: Int, of steps: Int) -> FlyingSegment {
        var segment = FlyingSegment(number: 1) { _ in }
        segment.steps = Array(repeating: .keep("select 1"), count: steps)
        segment.next = answered
        return segment
    }

    private func failure(isFatal: Bool, isFromServer: Bool) -> PostgresError {
        var error = PostgresError(.server, "no")
        error.sqlState = "57P01"
        error.isFatal = isFatal
        error.isFromServer = isFromServer
        return error
    }

    @Test func `without a word from the server the outcome is unknown`() {
        for answered in 0...2 {
            var segment = segment(answered: answered, of: 2)
            segment.lose(gone)
            #expect(segment.outcome.isLost && segment.outcome.isUnknown)
            let error = segment.outcome.error(committing: true) as? PostgresError
            #expect(error?.kind == .commitUnknown)
        }
    }

    @Test func `a statement that the server refused did not commit`() {
        var segment = segment(answered: 1, of: 2)
        segment.outcome.failure = failure(isFatal: true, isFromServer: true)
        segment.lose(gone)
        #expect(segment.outcome.isLost && !segment.outcome.isUnknown)
        let error = segment.outcome.error(committing: true) as? PostgresError
        #expect(error?.kind == .connectionLost)
    }

    @Test func `a pooler's word on the outcome is not believed`() {
        var segment = segment(answered: 1, of: 1)
        segment.outcome.failure = failure(isFatal: true, isFromServer: false)
        segment.lose(gone)
        #expect(segment.outcome.isUnknown)
    }

    @Test func `what was never sent did not happen`() {
        var segment = segment(answered: 0, of: 1)
        segment.outcome.isUnsent = true
        segment.lose(gone)
        #expect(!segment.outcome.isUnknown)
    }

    @Test func `only a commit can be unknown`() {
        var segment = segment(answered: 0, of: 1)
        segment.lose(gone)
        let error = segment.outcome.error(committing: false) as? PostgresError
        #expect(error?.kind == .connectionLost)
    }
}
