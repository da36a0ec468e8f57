import Foundation
import Testing

@testable import Postgres

@Suite struct CodecTests {
    /// What the server sends back for a bound value.
    private func echo<Value: PostgresEncodable & PostgresDecodable>(
        _ values: [Value], on connection: DirectConnection
    ) async throws -> [Value] {
        var echoed: [Value] = []
        for value in values {
            let rows = try await connection.query("select \(value) as v")
            echoed.append(try #require(rows.first).decode("v"))
        }
        return echoed
    }

    private func expectEcho<Value: PostgresEncodable & PostgresDecodable & Equatable>(
        _ values: [Value], on connection: DirectConnection
    ) async throws {
        let echoed = try await echo(values, on: connection)
        #expect(echoed == values)
    }

    @Test func `scalars survive the round trip`() async throws {
        try await TestServer.withConnection { connection in
            try await expectEcho([true, false], on: connection)
            try await expectEcho([Int.min, -1, 0, 1, .max], on: connection)
            try await expectEcho([Int64.min, 0, .max], on: connection)
            try await expectEcho([Int32.min, 0, .max], on: connection)
            try await expectEcho([Int16.min, 0, .max], on: connection)
            try await expectEcho([0, -0.5, .infinity, .pi, .leastNonzeroMagnitude], on: connection)
            try await expectEcho(["", "a", "it's $1; -- ü € 🦊", "\u{301}"], on: connection)
            try await expectEcho([UUID(), UUID()], on: connection)
            try await expectEcho(
                [[], [0, 1, 255], Array(repeating: 0, count: 70_000)] as [[UInt8]],
                on: connection)
            try await expectEcho(
                [
                    Timestamp(microsecondsSinceEpoch: 0), .init(microsecondsSinceEpoch: -1),
                    .init(microsecondsSinceEpoch: 1_667_228_496_123_456),
                ], on: connection)
            try await expectEcho([JSONB("null"), JSONB(#"{"a": [1, "ü"]}"#)], on: connection)
        }
    }

    @Test func `every UInt64 survives the round trip as numeric`() async throws {
        var random = SplitMix(seed: 42)
        var values: [UInt64] = [0, 1, 9_999, 10_000, 10_001, .max, .max - 1, 1 << 63, 100_000_000]
        for shift in 0..<64 { values.append(random.next() >> UInt64(shift)) }
        var power: UInt64 = 1
        for _ in 0..<19 {
            power *= 10
            values += [power, power - 1, power + 1]
        }
        for value in values {
            var bytes: [UInt8] = []
            NumericCodec.encode(value, into: &bytes)
            let decoded = try bytes.withUnsafeBytes { try NumericCodec.decode($0) }
            #expect(decoded.magnitude == value && !decoded.isNegative)
        }
        try await TestServer.withConnection { connection in
            try await expectEcho(values, on: connection)
            let rows = try await connection.query(
                "select \(UInt64.max)::text as t, \(UInt64.max) + 1 as over, -1::numeric as minus")
            let row = try #require(rows.first)
            #expect(try row.decode("t", as: String.self) == "18446744073709551615")
            for column in ["over", "minus"] {
                let error = #expect(throws: PostgresError.self) {
                    try row.decode(column, as: UInt64.self)
                }
                #expect(error?.kind == .decoding)
                #expect(error?.column == column)
            }
            #expect(try row.decode("minus", as: Int64.self) == -1)
        }
    }

    @Test func `fractions, NaN and infinities are no whole numbers`() async throws {
        try await TestServer.withConnection { connection in
            let rows = try await connection.query(
                """
                select v::numeric as v from unnest(array['0.5', '1.0001', 'NaN', 'Infinity',
                    '18446744073709551616', '1e40']) v
                """)
            #expect(rows.count == 6)
            for row in rows {
                #expect(throws: PostgresError.self) { try row.decode("v", as: UInt64.self) }
            }
            let whole = try await connection.query(
                "select 1.000 as v, 1e4 as w, 120000000::numeric x")
            let row = try #require(whole.first)
            #expect(try row.decode("v", as: UInt64.self) == 1)
            #expect(try row.decode("w", as: UInt64.self) == 10_000)
            #expect(try row.decode("x", as: Int.self) == 120_000_000)
        }
    }

    @Test func `integers widen but never lose anything`() async throws {
        try await TestServer.withConnection { connection in
            let rows = try await connection.query(
                "select 7::int2 as s, 70000::int4 as i, 5000000000::int8 as l, -1::int8 as m")
            let row = try #require(rows.first)
            #expect(try row.decode("s", as: Int.self) == 7)
            #expect(try row.decode("s", as: UInt64.self) == 7)
            #expect(try row.decode("i", as: Int64.self) == 70_000)
            #expect(try row.decode("l", as: UInt64.self) == 5_000_000_000)
            #expect(throws: PostgresError.self) { try row.decode("i", as: Int16.self) }
            #expect(throws: PostgresError.self) { try row.decode("l", as: Int32.self) }
            #expect(throws: PostgresError.self) { try row.decode("m", as: UInt64.self) }
        }
    }

    @Test func `arrays survive the round trip`() async throws {
        try await TestServer.withConnection { connection in
            try await expectEcho([[], [UUID(), UUID()]], on: connection)
            try await expectEcho([[], ["", "a,b", #"{"q"}"#, "NULL"]], on: connection)
            try await expectEcho([[Int64.min, 0, .max]], on: connection)
            try await expectEcho([[Int32.min, 0, .max]], on: connection)
            try await expectEcho([[0, UInt64.max, 1]], on: connection)
            try await expectEcho([[true, false]], on: connection)
            try await expectEcho([[], [[], [1, 2], [0]]] as [[[UInt8]]], on: connection)
            try await expectEcho([Array(0..<20_000).map(Int64.init)], on: connection)
        }
    }

    @Test func `NULL becomes nil or an error that names the column`() async throws {
        try await TestServer.withConnection { connection in
            let rows = try await connection.query(
                """
                -- things.find
                select null::int8 as n, array[1, null]::int8[] as a, \(nil as UUID?) as u
                """)
            let row = try #require(rows.first)
            #expect(try row.decode("n", as: Int?.self) == nil)
            #expect(try row.decode("u", as: UUID?.self) == nil)
            let error = #expect(throws: PostgresError.self) { try row.decode("n", as: Int.self) }
            #expect(error?.column == "n")
            #expect(error?.statement == "things.find")
            #expect(throws: PostgresError.self) { try row.decode("a", as: [Int64].self) }
            #expect(try row.decode("a", as: [Int64?].self) == [1, nil])
        }
    }

    @Test func `a wrong type or a missing column is a clear error`() async throws {
        try await TestServer.withConnection { connection in
            let rows = try await connection.query("select 'x'::text as t, 1.5::float8 as f")
            let row = try #require(rows.first)
            let wrong = #expect(throws: PostgresError.self) { try row.decode("t", as: Int.self) }
            #expect(wrong?.message == "text cannot become Int")
            let missing = #expect(throws: PostgresError.self) { try row.decode("z", as: Int.self) }
            #expect(missing?.column == "z")
            #expect(throws: PostgresError.self) { try row.decode(at: 2, as: Int.self) }
            #expect(throws: PostgresError.self) { try row.decode(at: -1, as: Int.self) }
            #expect(throws: PostgresError.self) { try row.decode("f", as: Int.self) }
            #expect(try row.decode(at: 1, as: Double.self) == 1.5)
        }
    }

    enum Mood: String, PostgresEncodable, PostgresDecodable { case calm, wild }

    @Test func `enumerations travel as their raw values`() async throws {
        try await TestServer.withConnection { connection in
            try await expectEcho([Mood.calm, .wild], on: connection)
            let rows = try await connection.query("select 'odd' as v")
            #expect(throws: PostgresError.self) { try rows.first?.decode("v", as: Mood.self) }
        }
    }

    @Test func `an enumeration of the database is read as text`() async throws {
        let type = TestServer.uniqueName("mood")
        try await TestServer.withConnection { connection in
            try await connection.execute(script: "create type \(type) as enum ('calm', 'wild')")
            let rows = try await connection.query("select 'wild'::\(unescaped: type) as v")
            #expect(try rows.first?.decode("v", as: Mood.self) == .wild)
            try await connection.execute(script: "drop type \(type)")
        }
    }
}
