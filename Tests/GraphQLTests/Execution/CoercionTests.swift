import OrderedCollections
import Testing

@testable import GraphQL

@Suite struct CoercionTests {
    static let sdl = """
        type Query {
          echo(i: Int, f: Float, s: String, b: Boolean, id: ID, c: Color, l: [Int!], o: In, p: Pick, u: UInt64, d: Int = 7, any: Any): Any
          need(i: Int!): Int
        }
        enum Color { RED GREEN }
        input In { a: Int! = 5 b: [String] c: In r: Float! }
        input Pick @oneOf { a: Int b: String }
        scalar UInt64
        scalar Any
        """

    /// An engine whose field answers with its coerced arguments.
    private func engine() throws -> Engine<Int> {
        var resolvers = Resolvers<Int>()
        resolvers.query("echo") { arguments, _ in .value(.object(arguments.values)) }
        resolvers.query("need") { arguments, _ in .int(try arguments.int("i")) }
        return try Engine(
            schema: Schema(sdl: [Source(Self.sdl, name: "s")]), resolvers: resolvers,
            scalars: [.uint64])
    }

    private func run(
        _ query: String, _ variables: OrderedDictionary<String, Value> = [:]
    ) async throws -> String {
        let engine = try engine()
        switch engine.prepare(Request(query: query, variables: variables)) {
        case .failure(let failure):
            return failure.errors.map { "\($0.code ?? ""): \($0.message)" }.joined(separator: "; ")
        case .success(let operation):
            let response = await engine.execute(operation, context: 0)
            return String(decoding: response.body, as: UTF8.self)
                .replacing("{\"data\":{\"echo\":", with: "").replacing("}}}", with: "}")
        }
    }

    @Test(arguments: [
        ("{ echo }", #"{"d":7}"#),
        (
            "{ echo(i: 1, f: 2, id: 3, l: 4, c: RED, d: null) }",
            #"{"i":1,"f":2,"id":"3","c":"RED","l":[4],"d":null}"#
        ),
        ("{ echo(o: {r: 1}) }", #"{"o":{"a":5,"r":1},"d":7}"#),
        ("{ echo(u: \"18446744073709551615\") }", #"{"u":18446744073709551615,"d":7}"#),
        ("{ echo(any: {a: [1.5, RED, null]}) }", #"{"d":7,"any":{"a":[1.5,"RED",null]}}"#),
    ])
    func `literals are coerced`(query: String, expected: String) async throws {
        #expect(try await run(query) == expected)
    }

    @Test func `variables are coerced, and absent ones differ from null`() async throws {
        let query =
            "query($i: Int, $l: [Int!], $o: In, $d: Int = 9) { echo(i: $i, l: $l, o: $o, d: $d) }"
        #expect(try await run(query) == #"{"d":9}"#)
        #expect(
            try await run(query, ["i": .null, "l": .int(3), "d": .null])
                == #"{"i":null,"l":[3],"d":null}"#)
        #expect(
            try await run(query, ["o": .object(["r": .int(2), "b": .string("x")])])
                == #"{"o":{"a":5,"b":["x"],"r":2},"d":9}"#)
    }

    @Test func `an ID may be an integer in any JSON form`() async throws {
        let query = "query($v: ID) { echo(id: $v) }"
        #expect(try await run(query, ["v": .int(3)]) == #"{"id":"3","d":7}"#)
        #expect(try await run(query, ["v": .double(3)]) == #"{"id":"3","d":7}"#)
        #expect(try await run(query, ["v": .double(3.5)]).hasPrefix("BAD_USER_INPUT"))
    }

    @Test func `variables inside literals may be absent`() async throws {
        let query = "query($s: String, $a: Int! = 8) { echo(o: {a: $a, b: [$s], r: 1}) }"
        #expect(try await run(query) == #"{"o":{"a":8,"b":[null],"r":1},"d":7}"#)
    }

    @Test(arguments: [
        (
            "query($v: Int) { echo(i: $v) }", Value.string("1"),
            "Int cannot represent non-integer value: \"1\""
        ),
        ("query($v: Int) { echo(i: $v) }", .int(2_147_483_648), "non 32-bit signed integer value"),
        (
            "query($v: Int) { echo(i: $v) }", .double(1.5),
            "Int cannot represent non-integer value: 1.5"
        ),
        (
            "query($v: String) { echo(s: $v) }", .int(1),
            "String cannot represent a non string value: 1"
        ),
        (
            "query($v: Boolean) { echo(b: $v) }", .int(1),
            "Boolean cannot represent a non boolean value: 1"
        ),
        (
            "query($v: Color) { echo(c: $v) }", .string("BLUE"),
            "Value \"BLUE\" does not exist in \"Color\" enum."
        ),
        (
            "query($v: [Int!]) { echo(l: $v) }", .list([.int(1), .null]),
            "at \"v[1]\"; Expected non-nullable type \"Int!\" not to be null."
        ),
        (
            "query($v: In) { echo(o: $v) }", .object([:]),
            "Field \"r\" of required type \"Float!\" was not provided."
        ),
        (
            "query($v: In) { echo(o: $v) }", .object(["r": .int(1), "x": .int(1)]),
            "Field \"x\" is not defined by type \"In\"."
        ),
        (
            "query($v: In) { echo(o: $v) }",
            .object(["r": .int(1), "c": .object(["r": .string("")])]),
            "at \"v.c.r\"; Float cannot represent non numeric value"
        ),
        (
            "query($v: Pick) { echo(p: $v) }", .object(["a": .int(1), "b": .string("")]),
            "Exactly one key must be specified for OneOf type \"Pick\"."
        ),
        ("query($v: Pick) { echo(p: $v) }", .object(["a": .null]), "Field \"a\" must be non-null."),
        (
            "query($v: Int!) { need(i: $v) }", .null,
            "Variable \"$v\" of non-null type \"Int!\" must not be null."
        ),
    ])
    func `a variable that does not fit is bad user input`(
        query: String, value: Value, part: String
    ) async throws {
        let answer = try await run(query, ["v": value])
        #expect(answer.hasPrefix("BAD_USER_INPUT") && answer.contains(part), "\(answer)")
    }

    @Test func `a required variable must be given`() async throws {
        #expect(
            try await run("query($v: Int!) { need(i: $v) }")
                == "BAD_USER_INPUT: Variable \"$v\" of required type \"Int!\" was not provided.")
    }

    @Test(arguments: [
        Value.int(-1), .double(1.5), .double(1e30), .string(""), .string("0x10"), .string("-1"),
        .string("18446744073709551616"), .string("1.0"), .string(" 1"), .string("١"), .bool(true),
        .list([]), .object([:]),
    ])
    func `UInt64 refuses what is no such number`(value: Value) async throws {
        let answer = try await run("query($v: UInt64) { echo(u: $v) }", ["v": value])
        #expect(answer.contains("UInt64 must be a whole number from 0 to 18446744073709551615"))
    }

    @Test(arguments: [
        (Value.int(0), "0"), (.string("007"), "7"), (.uint64(.max), "18446744073709551615"),
        (.string("9223372036854775808"), "9223372036854775808"),
    ])
    func `UInt64 takes integers and decimal texts`(value: Value, expected: String) async throws {
        let answer = try await run("query($v: UInt64) { echo(u: $v) }", ["v": value])
        #expect(answer == "{\"u\":\(expected),\"d\":7}")
    }

    @Test func `arguments tell absent, null and wrong types apart`() throws {
        let arguments = Arguments(["n": .null, "s": .string("x"), "u": .uint64(.max)])
        #expect(!arguments.contains("a") && arguments.contains("n"))
        #expect(arguments.isNull("n") && !arguments.isNull("a") && !arguments.isNull("s"))
        #expect(try arguments.optionalString("n") == nil && arguments.optionalString("a") == nil)
        #expect(try arguments.string("s") == "x" && arguments.uint64("u") == .max)
        #expect(throws: GraphQLError.self) { try arguments.string("a") }
        #expect(throws: GraphQLError.self) { try arguments.int("s") }
        #expect(throws: GraphQLError.self) { try arguments.int("u") }
    }
}
