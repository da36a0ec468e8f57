import Foundation
import GraphQL
import Postgres
import TestSupport
import Testing

@testable import App

@Suite struct AuditLogTests {
    private static let createAsset = """
        mutation($code: String!) {
          createAsset(input: {code: $code, scale: 2}) { code asset { id } }
        }
        """

    private func entries(
        _ tester: GraphQLTester, as credentials: Credentials, _ filter: JSON = [:]
    ) async throws -> [JSON] {
        let answer = try await tester.send(
            """
            query($filter: AuditLogFilter) {
              auditLog(first: 100, filter: $filter) {
                edges { node {
                  id role keyId sessionId operation subjectId code success arguments clientAddress
                  requestId createdAt
                } }
              }
            }
            """, ["filter": filter], as: credentials)
        return answer.data.auditLog.edges.items.map(\.node)
    }

    @Test func `an entry says who did what, when, and from where`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let answer = try await tester.mutate(
                Self.createAsset, ["code": "USD"], as: tenant.credentials)
            let made = try await entries(
                tester, as: tenant.credentials, ["operation": "createAsset"])
            let entry = try #require(made.first)
            #expect(made.count == 1)
            #expect(entry.role == "TENANT")
            #expect(entry.keyId.text.flatMap(UUID.init(uuidString:)) != nil)
            #expect(entry.sessionId.isNull)
            #expect(entry.subjectId == answer.asset.id)
            #expect(entry.code == "200")
            #expect(entry.success == true)
            #expect(entry.arguments == #"{"input":{"code":"USD","scale":"2"}}"#)
            #expect(entry.clientAddress == "192.0.2.7")
            #expect(entry.requestId == "test-request")
            #expect(entry.createdAt.text.flatMap(Timestamp.init(iso8601:)) != nil)
        }
    }

    @Test func `what fails is written with its code, and with what it was about`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let unknown = "00000000-0000-4000-8000-000000000000"
            _ = try await tester.send(
                "mutation { deletePeer(id: \"\(unknown)\") { code } }", as: tenant.credentials)
            _ = try await tester.send(Self.createAsset, ["code": ""], as: tenant.credentials)
            let made = try await entries(tester, as: tenant.credentials)
            #expect(made.map(\.code) == ["200", "404", "400"])
            #expect(made.map(\.operation) == ["createTenant", "deletePeer", "createAsset"])
            #expect(made[1].subjectId == .string(unknown))
            #expect(made[2].subjectId.isNull)
            #expect(made[2].success == false)
        }
    }

    @Test func `what the operator does to a tenant stands in both logs`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            _ = try await tester.mutate(
                "mutation($id: String!) { rotateTenantKey(input: {tenantId: $id}) { code } }",
                ["id": .string(tenant.id)], as: .operator)
            let own = try await entries(tester, as: tenant.credentials)
            #expect(own.map(\.operation) == ["createTenant", "rotateTenantKey"])
            #expect(own.allSatisfy { $0.role == "OPERATOR" && $0.keyId.isNull })
            #expect(own.first?.subjectId == .string(tenant.id))
            let operators = try await entries(tester, as: .operator)
            #expect(operators.map(\.operation) == ["createTenant", "rotateTenantKey"])
            let other = try await tester.makeTenant()
            #expect(try await entries(tester, as: other.credentials).count == 1)
            // The operator reads any tenant's as it reads any of its lists.
            #expect(try await entries(tester, as: .operator(in: tenant.id)).count == 2)
        }
    }

    @Test func `refusals are written, though not without end`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let pointer = try await tester.makePaymentPointer(as: tenant.credentials)
            let session = try await tester.makeSession(pointer, as: tenant.credentials)
            for _ in 0..<AuditLogService.refusalsPerMinute + 5 {
                _ = try await tester.send(
                    Self.createAsset, ["code": "EUR"], as: .session(session))
            }
            _ = try await tester.send(Self.createAsset, ["code": "EUR"], as: .nobody)
            let refused: JSON = ["code": "403"]
            try await tester.eventually {
                try await entries(tester, as: tenant.credentials, refused).count
                    == AuditLogService.refusalsPerMinute
            }
            let first = try #require(
                try await entries(tester, as: tenant.credentials, refused).first)
            #expect(first.role == "SESSION")
            #expect(first.sessionId.text != nil)
            #expect(first.operation == "createAsset")
        }
    }

    @Test func `an entry and its work are there together, or neither is`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            // Entries cannot be written any more: nothing may be done.
            try await tester.database.administer(
                """
                alter table hazina.audit_log add constraint full_check
                    check (operation <> 'createAsset') not valid
                """)
            let failed = try await tester.send(
                Self.createAsset, ["code": "USD"], as: tenant.credentials)
            #expect(failed.data.createAsset.code == "500")
            let assets = try await tester.send(
                "{ assets { edges { cursor } } }", as: tenant.credentials)
            #expect(assets.data.assets.edges.items.isEmpty)
        }
    }

    @Test func `a request with an idempotency key leaves one entry, however often it is sent`()
        async throws
    {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            for _ in 0..<3 {
                let keyed = try await tester.send(
                    Self.createAsset, ["code": "USD"], under: "once", as: tenant.credentials)
                #expect(keyed.answer.data.createAsset.code == "200")
            }
            let filter: JSON = ["operation": "createAsset"]
            #expect(try await entries(tester, as: tenant.credentials, filter).count == 1)
        }
    }

    @Test func `secrets among the arguments are not repeated`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            _ = try await tester.makePeer(tokens: ["incoming-secret"], as: tenant.credentials)
            _ = try await tester.mutate(
                """
                mutation {
                  setWebhook(input: {url: "https://wallet.example/path-secret?x=secret"})
                  { code }
                }
                """, as: tenant.credentials)
            let made = try await entries(tester, as: tenant.credentials)
            let peer = try #require(made.first { $0.operation == "createPeer" }?.arguments.text)
            #expect(peer.contains(#""authTokens":["[redacted]"]"#))
            #expect(peer.contains(#""authToken":"[redacted]""#))
            #expect(peer.contains(#""endpoint":"https://peer.example/""#))
            let hook = try #require(made.first { $0.operation == "setWebhook" }?.arguments.text)
            #expect(hook == #"{"input":{"url":"https://wallet.example/"}}"#)
        }
    }

    @Test func `lists are filtered and paged like others`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            for code in ["AAA", "BBB", "AAA", "CCC"] {
                _ = try await tester.send(
                    Self.createAsset, ["code": .string(code)], as: tenant.credentials)
            }
            let all = try await entries(tester, as: tenant.credentials)
            let ids = all.compactMap(\.id.text)
            let key = try #require(all[1].keyId.text)
            let cases: [(JSON, [Int])] = [
                ([:], [0, 1, 2, 3, 4]), (["operation": "createAsset"], [1, 2, 3, 4]),
                (["code": "409"], [3]), (["keyId": .string(key), "code": "200"], [1, 2, 4]),
                (["subjectId": all[1].subjectId], [1]), (["subjectId": "x"], []),
                (["since": "2100-01-01T00:00:00Z"], []),
                (["before": "2100-01-01T00:00:00Z", "operation": "createTenant"], [0]),
                (["operation": "\0"], []),
            ]
            for (filter, expected) in cases {
                let list = ListTester(
                    tester: tester, field: "auditLog", filter: ("AuditLogFilter", filter),
                    order: ("AuditLogOrder", ["direction": "DESC"]), node: "id",
                    caller: tenant.credentials)
                try await list.expect(expected.reversed().map { ids[$0] }) { $0.id.text ?? "" }
            }
            let wrong = try await tester.send(
                "{ auditLog(filter: {since: \"today\"}) { edges { cursor } } }",
                as: tenant.credentials)
            #expect(wrong.errors[0].extensions.code == "BAD_USER_INPUT")
        }
    }
}
