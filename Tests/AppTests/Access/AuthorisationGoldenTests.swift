import Foundation
import GraphQL
import Postgres
import TestSupport
import Testing

@testable import App

/// Every root field, and every argument that takes an id, against every kind of caller. The table is
/// made from the schema and compared with `Tests/Golden/authorisation.txt`.
@Suite(.timeLimit(.minutes(10))) struct AuthorisationGoldenTests {
    /// Ids that change nothing of any answer: what is done without saying whether there was anything
    /// to do, and filters that leave nothing out of nothing.
    private static let silent: Set<String> = [
        "deleteAllApiKeys.input.paymentPointerId", "events.filter.paymentPointerId",
    ]

    private static let heading = """
        What the API lets whom do, made from the schema; `make golden` writes it anew.

        Fields: `yes` the caller may call it, 401 it is not known, 403 it may not.
        Ids: the id of something of tenant A, or of a payment pointer of A's. `known` the answer is
        another one than for an id that nobody has; `-` it is the same, but for the id in it.

        session         of that payment pointer
        other session   of another payment pointer of A's
        other tenant    another tenant's key
        operator        the operator's key, with x-tenant-id naming A
        read-only       a key of A's for queries alone
        restricted      a key of A's for asset, createAsset and createApiKey alone


        """

    /// Somebody who calls, with what is its own.
    private struct Visitor {
        let name: String
        let caller: Caller
        let own: Things
    }

    private struct RolledBack: Error {}

    private let schema: Schema
    private let calls: [RootCall]

    init() throws {
        schema = try SchemaAssembly.schema()
        calls = RootCall.all(of: schema)
    }

    @Test func `every argument that takes an id is known to the table`() {
        for call in calls {
            for leaf in call.leaves where leaf.isID {
                #expect(
                    SampleArguments.kind(call, leaf) != nil,
                    "say in SampleArguments what \(call.name).\(leaf.path) is the id of")
            }
        }
    }

    @Test func `callers may do what the golden table says, and nothing else`() async throws {
        try await GraphQLTester.with(poolSize: 8) { tester in
            let tenant = try await tester.makeTenant()
            let stranger = try await tester.makeTenant()
            // Others stand before and after the things looked for, for pages that begin or end there.
            let neighbour = try await Things.make(
                tester, of: tenant, counterparty: stranger, code: "EUR")
            var things = try await Things.make(tester, of: tenant, counterparty: stranger)
            let strange = try await Things.make(tester, of: stranger, counterparty: tenant)
            _ = try await Things.make(tester, of: tenant, counterparty: stranger, code: "CHF")
            try await addMoney(to: &things, tester)
            let visitors = try await visitors(tester, things, neighbour, strange)
            var rows = [["field"] + visitors.map(\.name)]
            for call in calls {
                var row = ["\(call.kind.rawValue) \(call.name)"]
                for visitor in visitors {
                    row.append(try await access(call, visitor, tester))
                }
                rows.append(row)
            }
            var ids = [["id"] + visitors.map(\.name)]
            for call in calls {
                for leaf in call.leaves where leaf.isID {
                    var row = ["\(call.kind.rawValue) \(call.name).\(leaf.path)"]
                    for visitor in visitors {
                        row.append(try await knowledge(call, leaf, things, visitor, tester))
                    }
                    // Somebody has to know it, or the row says nothing.
                    #expect(
                        row.contains("known")
                            != Self.silent.contains("\(call.name).\(leaf.path)"), "\(row)")
                    ids.append(row)
                }
            }
            try Golden.check(
                "Tests/Golden/authorisation.txt",
                Self.heading + Self.table(rows) + "\n" + Self.table(ids))
        }
    }

    private static func table(_ rows: [[String]]) -> String {
        let widths = (rows.first ?? []).indices.map { column in
            rows.map { $0[column].count }.max() ?? 0
        }
        return rows.map { row in
            let cells = zip(row, widths).map {
                $0.padding(toLength: $1, withPad: " ", startingAt: 0)
            }
            return cells.joined(separator: "  ").replacing(/\s+$/, with: "") + "\n"
        }.joined()
    }

    // MARK: Callers

    private func visitors(
        _ tester: GraphQLTester, _ things: Things, _ neighbour: Things, _ strange: Things
    ) async throws -> [Visitor] {
        let tenant = things.tenant
        let dead = try await deadCredentials(tester, things)
        let presented: [(String, Credentials, Things)] =
            [("nobody", .nobody, things), ("bad key", .tenant("no key"), things)]
            + dead.map { ($0.0, $0.1, things) } + [
                ("other session", neighbour.session, neighbour),
                ("session", things.session, things),
                ("other tenant", strange.tenant.credentials, strange),
                ("tenant", tenant.credentials, things),
                ("operator", .operator(in: tenant.id), things),
                ("read-only", try await key("readOnly: true", tester, tenant), things),
                (
                    "restricted",
                    try await key(
                        #"fields: ["asset", "createAsset", "createApiKey"]"#, tester, tenant),
                    things
                ),
            ]
        var visitors: [Visitor] = []
        for (name, credentials, own) in presented {
            visitors.append(
                Visitor(
                    name: name, caller: try await tester.app.authenticate(credentials), own: own))
        }
        return visitors
    }

    /// What is owed to another tenant, and an event of money that has come in.
    private func addMoney(to things: inout Things, _ tester: GraphQLTester) async throws {
        let caller = things.tenant.credentials
        let owed = try await tester.send(
            "{ positions(filter: {side: PAYABLE}) { edges { node { id } } } }", as: caller)
        things.ids["payable"] = try owed.data.positions.edges[0].node.id.required()
        let pointer = try await tester.makePointer(as: caller)
        let receiver = try await tester.makeReceiver(pointer, 100, as: caller)
        let payment = try await tester.makePayment(from: pointer, to: receiver, as: caller)
        try await tester.withWorkers {
            try await tester.fund(payment, as: things.tenant)
            _ = try await tester.payment(payment, as: caller)
        }
        let events = try await tester.events(of: String(receiver.suffix(36)), as: things.tenant)
        things.ids["withdrawableEvent"] = events.first?.id
    }

    private func key(
        _ input: String, _ tester: GraphQLTester, _ tenant: GraphQLTester.TestTenant
    ) async throws -> Credentials {
        let made = try await tester.mutate(
            "mutation { createTenantKey(input: {\(input)}) { code message apiKey } }",
            as: tenant.credentials)
        return .tenant(try made.apiKey.required())
    }

    /// Keys and sessions that were valid once.
    private func deadCredentials(
        _ tester: GraphQLTester, _ things: Things
    ) async throws -> [(String, Credentials)] {
        let tenant = things.tenant
        let pointer = things.ids["paymentPointer"] ?? ""
        let expiredKey = try await key("readOnly: false", tester, tenant)
        let expiredSession = try await tester.makeSession(pointer, as: tenant.credentials)
        let revokedSession = try await tester.makeSession(pointer, as: tenant.credentials)
        let made = try await tester.mutate(
            "mutation { createTenantKey(input: {}) { code apiKey tenantKey { id } } }",
            as: tenant.credentials)
        _ = try await tester.mutate(
            "mutation($id: String!) { revokeTenantKey(input: {id: $id}) { code } }",
            ["id": made.tenantKey.id], as: tenant.credentials)
        _ = try await tester.mutate(
            "mutation($key: String!) { revokeSession(input: {key: $key}) { code } }",
            ["key": .string(revokedSession)], as: .nobody)
        let keyHash = Secret(expiredKey.apiKey ?? "")?.prefix ?? ""
        let session = Secret(expiredSession)?.hash.map {
            String(Int($0) + 256, radix: 16).dropFirst()
        }
        try await tester.database.administer(
            """
            update hazina.api_keys set expires_at = now() - interval '1 second'
            where prefix = '\(keyHash)';
            update hazina.sessions set expires_at = now() - interval '1 second'
            where encode(secret_hash, 'hex') = '\((session ?? []).joined())';
            """)
        return [
            ("expired key", expiredKey),
            ("revoked key", .tenant(try made.apiKey.required())),
            ("expired session", .session(expiredSession)),
            ("revoked session", .session(revokedSession)),
        ]
    }

    // MARK: Cells

    private func access(
        _ call: RootCall, _ visitor: Visitor, _ tester: GraphQLTester
    ) async throws -> String {
        let samples = SampleArguments(things: visitor.own.ids)
        let answer = try await send(call, samples.variables(call), visitor, tester)
        return refusal(answer, call) ?? "yes"
    }

    /// Whether the visitor, who has its own of everything else, knows a thing of this id.
    private func knowledge(
        _ call: RootCall, _ leaf: RootCall.Leaf, _ things: Things, _ visitor: Visitor,
        _ tester: GraphQLTester
    ) async throws -> String {
        let kind = try #require(SampleArguments.kind(call, leaf))
        let samples = SampleArguments(things: visitor.own.ids)
        var answers: [JSON] = []
        for id in [try #require(things.ids[kind]), "00000000-0000-4000-8000-00000000dead"] {
            let variables = samples.variables(call) { other in
                guard other.path == leaf.path else { return Optional.none }
                return .string(id)
            }
            let answer = try await send(call, variables, visitor, tester)
            if let refusal = refusal(answer, call) { return refusal }
            let text = String(decoding: try answer.bytes, as: UTF8.self).replacing(id, with: "ID")
            answers.append(try JSON(bytes: Array(text.utf8)))
        }
        return answers[0] == answers[1] ? "-" : "known"
    }

    private func refusal(_ answer: JSON, _ call: RootCall) -> String? {
        let isMutation = call.kind == .mutation
        let message =
            (isMutation ? answer.data.field.message : answer.errors[0].message).text ?? ""
        if message.hasPrefix("Unauthenticated") { return "401" }
        return message.hasPrefix("Forbidden") ? "403" : nil
    }

    /// Sends a call and undoes what it did.
    private func send(
        _ call: RootCall, _ variables: [String: JSON], _ visitor: Visitor, _ tester: GraphQLTester
    ) async throws -> JSON {
        let request = try GraphQL.Request(
            json: JSON.object([
                "query": .string(call.document(variables)), "variables": .object(variables),
            ]).bytes)
        let context = RequestContext(
            caller: visitor.caller, requestID: "test-request", logger: TestSupport.logger,
            audit: tester.app.audit, reportBadKey: { false })
        let operation = try tester.app.engine.prepare(request, allowIntrospection: true).get()
        if call.kind == .subscription {
            do {
                _ = try await tester.app.engine.subscribe(operation, context: context)
                return ["data": ["field": "open"]]
            } catch let failure as RequestFailure {
                return try JSON(bytes: failure.body())
            }
        }
        let database = Database(pool: tester.pool, statementTimeout: .seconds(30))
        let answer = Answer()
        do {
            try await database.unit(as: visitor.caller.tenantID ?? .operator) { _ in
                await answer.set(
                    tester.app.engine.execute(operation, context: context).body)
                throw RolledBack()
            }
        } catch is RolledBack {}
        return try JSON(bytes: await answer.body)
    }

    private actor Answer {
        var body: [UInt8] = []

        func set(_ body: [UInt8]) { self.body = body }
    }
}
