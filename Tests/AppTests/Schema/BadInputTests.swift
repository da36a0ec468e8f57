import Foundation
import GraphQL
import Postgres
import TestSupport
import Testing

@testable import App

/// Every mutation of the schema with values that it must not take, made from the types of its
/// arguments: a clear error, and nothing has changed.
@Suite(.timeLimit(.minutes(10))) struct BadInputTests {
    /// A value as it stands in the request's JSON.
    private struct BadValue {
        let token: [UInt8]
        /// Whether no field whatever may take it.
        let isAlwaysBad: Bool

        init(_ token: String, always: Bool = true) {
            self.token = Array(token.utf8)
            isAlwaysBad = always
        }

        init(bytes: [UInt8]) {
            token = bytes
            isAlwaysBad = true
        }
    }

    private struct RolledBack: Error {}

    /// Done whether or not there is anything to do: an id or key that nobody has is no error.
    private static let lenient: Set<String> = ["deleteAllApiKeys", "revokeSession"]
    private static let marker = "@@bad@@"

    private static let anything = [
        BadValue("{\"a\":1}"), BadValue("[[1]]"), BadValue("[{}]"),
    ]
    private static let texts = [
        BadValue("true"), BadValue("1.5"),
        BadValue("\"" + String(repeating: "a", count: 70_000) + "\""),
        BadValue(#""\u0000""#), BadValue(#""a\u0000b""#), BadValue(#""\ud800""#),
        BadValue(#""\udc00\ud800""#), BadValue(bytes: [0x22, 0xc0, 0x80, 0x22]),
        BadValue(bytes: [0x22, 0xed, 0xa0, 0x80, 0x22]), BadValue(bytes: [0x22, 0xff, 0x22]),
        BadValue(#""\u202eabc\u2066""#, always: false), BadValue("\"💣𝕏\u{10FFFF}\"", always: false),
        BadValue("\"\"", always: false), BadValue("\"' or 1=1; --\"", always: false),
        BadValue("\"%s%n${x}\u{FEFF}\"", always: false),
    ]
    private static let integers = [
        BadValue("\"1\""), BadValue("1.5"), BadValue("2147483648"), BadValue("-2147483649"),
        BadValue("1e400"), BadValue("-1"), BadValue("99999999999999999999"), BadValue("true"),
        BadValue("0", always: false), BadValue("2147483647", always: false),
    ]
    private static let amounts = [
        BadValue("-1"), BadValue("\"-1\""), BadValue("1.5"), BadValue("\"1.5\""),
        BadValue("18446744073709551616"), BadValue("\"18446744073709551616\""), BadValue("1e400"),
        BadValue("\"\""), BadValue("\"0x10\""), BadValue("\"१\""), BadValue("true"),
        BadValue("0", always: false), BadValue("\"18446744073709551615\"", always: false),
    ]
    private static let choices = [
        BadValue("\"NOBODY\""), BadValue("1"), BadValue("\"\""), BadValue("true"),
    ]

    private static func values(_ leaf: RootCall.Leaf) -> [BadValue] {
        let null = BadValue("null", always: leaf.type.isNonNull)
        let ofType =
            switch leaf.type.namedType {
            case "String": texts
            // Whole numbers are ids, too.
            case "ID": texts
            case "Int": integers
            case "UInt64": amounts
            case "Boolean": [BadValue("\"true\""), BadValue("1")]
            default: choices
            }
        return [null] + anything + ofType
    }

    @Test func `no mutation takes what it must not, or changes anything by it`() async throws {
        try await GraphQLTester.with { tester in
            let admin = try await DirectConnection.open(url: tester.database.adminURL)
            defer { admin.close() }
            let tenant = try await tester.makeTenant()
            let other = try await tester.makeTenant()
            let things = try await Things.make(tester, of: tenant, counterparty: other)
            let samples = SampleArguments(things: things.ids)
            let caller = try await tester.app.authenticate(.operator(in: tenant.id))
            let schema = try SchemaAssembly.schema()
            for call in RootCall.all(of: schema) where call.kind == .mutation {
                let requests = try requests(call, samples)
                var refused: [[UInt8]] = []
                for (body, isAlwaysBad) in requests {
                    let code = try await code(body, caller, tester, undoing: true)
                    let comment: Comment = "\(call.name): \(code) \(Self.shown(body))"
                    #expect(code.hasPrefix("4") || code == "200", comment)
                    #expect(
                        !isAlwaysBad || code != "200" || Self.lenient.contains(call.name), comment)
                    if code != "200" { refused.append(body) }
                }
                let before = try await Checksum.ofTables(admin)
                for body in refused {
                    _ = try await code(body, caller, tester, undoing: false)
                }
                #expect(
                    try await Checksum.ofTables(admin) == before, "\(call.name) changed something")
            }
        }
    }

    @Test func `a mutation without what it requires is refused`() async throws {
        try await GraphQLTester.with { tester in
            let admin = try await DirectConnection.open(url: tester.database.adminURL)
            defer { admin.close() }
            let samples = SampleArguments(things: [:])
            let caller = try await tester.app.authenticate(.operator)
            let before = try await Checksum.ofTables(admin)
            for call in RootCall.all(of: try SchemaAssembly.schema()) where call.kind == .mutation {
                for leaf in call.leaves where leaf.isRequired {
                    let variables = call.variables { other in
                        guard other.isRequired, other.path != leaf.path else {
                            return Optional.none
                        }
                        return samples.value(call, other)
                    }
                    let body = try Self.body(call, variables)
                    let code = try await code(body, caller, tester, undoing: false)
                    #expect(code == "400", "\(call.name) without \(leaf.path)")
                }
            }
            #expect(try await Checksum.ofTables(admin) == before)
        }
    }

    // MARK: Requests

    private func requests(
        _ call: RootCall, _ samples: SampleArguments
    ) throws -> [(body: [UInt8], isAlwaysBad: Bool)] {
        try call.leaves.flatMap { leaf in
            let variables = samples.variables(call) { other in
                guard other.path == leaf.path else { return Optional.none }
                return .string(Self.marker)
            }
            let body = try Self.body(call, variables)
            return Self.values(leaf).map { value in
                (
                    Self.replacing(Array("\"\(Self.marker)\"".utf8), in: body, by: value.token),
                    value.isAlwaysBad
                )
            }
        }
    }

    private static func body(_ call: RootCall, _ variables: [String: JSON]) throws -> [UInt8] {
        try JSON.object([
            "query": .string(call.document(variables)), "variables": .object(variables),
        ]).bytes
    }

    private static func replacing(
        _ marker: [UInt8], in bytes: [UInt8], by token: [UInt8]
    ) -> [UInt8] {
        guard let range = bytes.firstRange(of: marker) else { return bytes }
        return bytes[..<range.lowerBound] + token + bytes[range.upperBound...]
    }

    private static func shown(_ body: [UInt8]) -> String {
        String(decoding: body.suffix(300), as: UTF8.self)
    }

    /// What a mutation answers, or 400 for a request that is not executed.
    private func code(
        _ body: [UInt8], _ caller: Caller, _ tester: GraphQLTester, undoing: Bool
    ) async throws -> String {
        guard let request = try? GraphQL.Request(json: body),
            let operation = try? tester.app.engine.prepare(request, allowIntrospection: true).get()
        else { return "400" }
        let context = RequestContext(
            caller: caller, requestID: "test-request", logger: TestSupport.logger,
            audit: tester.app.audit, reportBadKey: { false })
        let answer = Answer()
        if undoing {
            let database = Database(pool: tester.pool, statementTimeout: .seconds(30))
            do {
                try await database.unit(as: caller.tenantID ?? .operator) { _ in
                    await answer.set(
                        tester.app.engine.execute(operation, context: context).body)
                    throw RolledBack()
                }
            } catch is RolledBack {}
        } else {
            await answer.set(tester.app.engine.execute(operation, context: context).body)
        }
        let json = try JSON(bytes: await answer.body)
        if let code = json.data.field.code.text { return code }
        return json.errors[0].extensions.code == "BAD_USER_INPUT" ? "400" : "\(json)"
    }

    private actor Answer {
        var body: [UInt8] = []

        func set(_ body: [UInt8]) { self.body = body }
    }
}
