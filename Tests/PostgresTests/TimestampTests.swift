import Foundation
import Postgres
import Testing

@Suite struct TimestampTests {
    @Test func `the text form has milliseconds and a Z`() {
        let moment = Timestamp(microsecondsSinceEpoch: 1_667_228_496_000_000)
        #expect(moment.iso8601Milliseconds == "2022-10-31T15:01:36.000Z")
        #expect(Timestamp(microsecondsSinceEpoch: -1).description == "1969-12-31T23:59:59.999Z")
    }

    @Test(arguments: [
        (-1, "-0001-12-31"), (0, "0000-12-31"), (9, "0009-12-31"), (9_999, "9999-12-31"),
        (10_000, "10000-12-31"), (290_000, "290000-12-31"),
    ])
    func `years have four digits, or as many as they need`(year: Int64, text: String) throws {
        // From the first year on by days: a leap year every fourth but three times in 400.
        let years = year - 1
        let leaps = Self.floored(years, 4) - Self.floored(years, 100) + Self.floored(years, 400)
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let day = years * 365 + leaps + (isLeap ? 365 : 364) - 719_162
        let moment = Timestamp(microsecondsSinceEpoch: day * 86_400_000_000)
        #expect(moment.iso8601Milliseconds == "\(text)T00:00:00.000Z")
    }

    private static func floored(_ number: Int64, _ divisor: Int64) -> Int64 {
        number / divisor - (number % divisor < 0 ? 1 : 0)
    }

    @Test(arguments: [
        ("2022-10-31T15:01:36Z", 1_667_228_496_000_000),
        ("2022-10-31T15:01:36.5Z", 1_667_228_496_500_000),
        ("2022-10-31T17:01:36.123456789+02:00", 1_667_228_496_123_456),
        ("2022-10-31 13:01:36-0200", 1_667_228_496_000_000),
        ("2022-10-31T15:01Z", 1_667_228_460_000_000),
        ("2000-02-29T00:00:00Z", 951_782_400_000_000),
        ("1970-01-01T00:00:00+00", 0),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
    ])
    func `text with a zone is read`(text: String, microseconds: Int64) {
        #expect(Timestamp(iso8601: text)?.microsecondsSinceEpoch == microseconds)
    }

    @Test(arguments: [
        "", "2022-10-31", "2022-10-31T15:01:36", "2022-13-01T00:00:00Z", "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z", "2022-10-31T24:00:00Z", "2022-10-31T15:60:00Z",
        "2022-10-31T15:01:60Z", "2022-10-31T15:01:36.Z", "2022-10-31T15:01:36Zx",
        "2022-10-31T15:01:36+2", "+022-10-31T15:01:36Z", "2022-10-31T15:01:36+25:00",
        "2022-00-10T00:00:00Z", "2022-01-00T00:00:00Z", "２022-10-31T15:01:36Z",
    ])
    func `anything else is refused`(text: String) {
        #expect(Timestamp(iso8601: text) == nil)
    }

    @Test func `text and moment convert both ways over the centuries`() {
        var random = SplitMix(seed: 3)
        for _ in 0..<5_000 {
            let milliseconds = Int64.random(
                in: -62_135_596_800_000...253_402_300_799_999, using: &random)
            let moment = Timestamp(microsecondsSinceEpoch: milliseconds * 1_000)
            #expect(Timestamp(iso8601: moment.iso8601Milliseconds) == moment)
        }
    }

    @Test func `it agrees with the server`() async throws {
        try await TestServer.withConnection { connection in
            for text in [
                "2022-10-31T15:01:36.123Z", "1999-12-31T23:59:59.999Z", "1960-02-29T01:02:03.004Z",
            ] {
                let rows = try await connection.query("select (\(text)::text)::timestamptz as t")
                let moment: Timestamp = try #require(rows.first).decode("t")
                #expect(moment.iso8601Milliseconds == text)
                #expect(moment == Timestamp(iso8601: text))
            }
            let infinite = try await connection.query("select 'infinity'::timestamptz as t")
            #expect(throws: PostgresError.self) {
                try infinite.first?.decode("t", as: Timestamp.self)
            }
        }
    }
}
