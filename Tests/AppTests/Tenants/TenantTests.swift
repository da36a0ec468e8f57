import App
import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct TenantTests {
    @Test func `a tenant is made with its first key`() async throws {
        try await GraphQLTester.with { tester in
            let answer = try await tester.send(
                """
                mutation {
                  createTenant(input: {name: "Acme"}) {
                    code success message apiKey tenant { id name isOperator disabledAt createdAt }
                  }
                }
                """, as: .operator
            ).data.createTenant
            #expect(answer.code == "200")
            #expect(answer.success == true)
            #expect(answer.tenant.name == "Acme")
            #expect(answer.tenant.isOperator == false)
            #expect(answer.tenant.disabledAt.isNull)
            let key = try answer.apiKey.required()
            #expect(key.hasPrefix("hz_tk_"))
            let whoami = try await tester.send(
                "{ whoami { role tenant { id } } }", as: .tenant(key))
            #expect(whoami.data.whoami.role == "TENANT")
            #expect(whoami.data.whoami.tenant.id == answer.tenant.id)
        }
    }

    @Test(arguments: ["", String(repeating: "x", count: 256), "a\u{0}b"])
    func `a name that cannot be is refused`(_ name: String) async throws {
        try await GraphQLTester.with { tester in
            let answer = try await tester.send(
                """
                mutation($name: String!) {
                  createTenant(input: {name: $name}) { code success message apiKey }
                }
                """, ["name": .string(name)], as: .operator
            ).data.createTenant
            #expect(answer.code == "400")
            #expect(answer.apiKey.isNull)
        }
    }

    @Test func `the operator works in its own tenant or in the one it names`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let create = "mutation { createAsset(input: {code: \"EUR\", scale: 2}) { code } }"
            _ = try await tester.mutate(create, as: .operator)
            _ = try await tester.mutate(create, as: .operator(in: tenant.id))
            let assets = "{ assets { edges { node { id } } } }"
            let own = try await tester.send(assets, as: .operator).data.assets.edges
            let named = try await tester.send(assets, as: .operator(in: tenant.id)).data.assets
                .edges
            let seen = try await tester.send(assets, as: tenant.credentials).data.assets.edges
            #expect(own.items.count == 1)
            #expect(named == seen)
            #expect(named != own)
        }
    }

    @Test(arguments: ["", "no uuid", "00000000-0000-4000-8000-000000000000"])
    func `a tenant that does not exist cannot be named`(_ id: String) async throws {
        try await GraphQLTester.with { tester in
            let answer = try await tester.send(
                "mutation { createAsset(input: {code: \"EUR\", scale: 2}) { code message } }",
                as: .operator(in: id))
            #expect(answer.data.createAsset.code == "404")
            let query = try await tester.send("{ whoami { role } }", as: .operator(in: id))
            #expect(query.errors[0].extensions.code == "NOT_FOUND")
        }
    }

    @Test func `nobody but the operator names another tenant`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let other = try await tester.makeTenant()
            let answer = try await tester.send(
                "{ whoami { tenant { id } } }",
                as: Credentials(apiKey: tenant.key, tenantID: other.id))
            #expect(answer.errors[0].extensions.code == "FORBIDDEN")
            let own = try await tester.send(
                "{ whoami { tenant { id } } }",
                as: Credentials(apiKey: tenant.key, tenantID: tenant.id))
            #expect(own.data.whoami.tenant.id.text == tenant.id)
        }
    }

    @Test func `tenants are paged in order, the operator's own first`() async throws {
        try await GraphQLTester.with { tester in
            var ids = ["00000000-0000-7000-8000-000000000001"]
            for number in 0..<5 { ids.append(try await tester.makeTenant("T\(number)").id) }
            let query = """
                query($after: String, $before: String, $first: Int, $last: Int) {
                  tenants(after: $after, before: $before, first: $first, last: $last) {
                    edges { node { id } }
                    pageInfo { hasNextPage hasPreviousPage }
                  }
                }
                """
            func page(_ arguments: [String: JSON]) async throws -> ([String], JSON) {
                let tenants = try await tester.send(query, arguments, as: .operator).data.tenants
                return (tenants.edges.items.compactMap(\.node.id.text), tenants.pageInfo)
            }
            #expect(try await page([:]).0 == ids)
            let middle = try await page(["after": .string(ids[1]), "first": 2])
            #expect(middle.0 == Array(ids[2...3]))
            #expect(middle.1 == ["hasNextPage": true, "hasPreviousPage": true])
            let backward = try await page(["before": .string(ids[3]), "last": 2])
            #expect(backward.0 == Array(ids[1...2]))
            let unknown = try await page(["after": .string(UUID().uuidString)])
            #expect(unknown.0.isEmpty)
        }
    }

    @Test func `a tenant is renamed`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let update = """
                mutation($id: String!, $name: String) {
                  updateTenant(input: {id: $id, name: $name}) { code message tenant { name } }
                }
                """
            let answer = try await tester.mutate(
                update, ["id": .string(tenant.id), "name": "New"], as: .operator)
            #expect(answer.tenant.name == "New")
            let kept = try await tester.mutate(update, ["id": .string(tenant.id)], as: .operator)
            #expect(kept.tenant.name == "New")
            let unknown = try await tester.send(
                update, ["id": "00000000-0000-4000-8000-000000000000"], as: .operator)
            #expect(unknown.data.updateTenant.code == "404")
        }
    }

    @Test func `a deleted tenant keeps its rows, and its keys are refused`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let delete =
                """
                mutation($id: String!) {
                  deleteTenant(id: $id) { code message tenant { disabledAt } }
                }
                """
            let answer = try await tester.mutate(
                delete, ["id": .string(tenant.id)], as: .operator)
            #expect(answer.tenant.disabledAt.text != nil)
            let again = try await tester.mutate(delete, ["id": .string(tenant.id)], as: .operator)
            #expect(again.tenant.disabledAt == answer.tenant.disabledAt)
            let query = try await tester.send(
                "query($id: String!) { tenant(id: $id) { disabledAt } }",
                ["id": .string(tenant.id)], as: .operator)
            #expect(query.data.tenant.disabledAt == answer.tenant.disabledAt)
            let own = try await tester.send(
                delete, ["id": "00000000-0000-7000-8000-000000000001"], as: .operator)
            #expect(own.data.deleteTenant.code == "403")
            let unknown = try await tester.send(delete, ["id": "nothing"], as: .operator)
            #expect(unknown.data.deleteTenant.code == "404")
        }
    }

    @Test func `a tenant that holds a balance is not deleted`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let peer = try await tester.makePeer(as: tenant.credentials)
            try await tester.deposit(5, toPeer: peer, as: tenant.credentials)
            let answer = try await tester.send(
                "mutation($id: String!) { deleteTenant(id: $id) { code message } }",
                ["id": .string(tenant.id)], as: .operator)
            #expect(answer.data.deleteTenant.code == "409")
            let whoami = try await tester.send("{ whoami { role } }", as: tenant.credentials)
            #expect(whoami.data.whoami.role == "TENANT")
        }
    }
}
