import App
import Foundation
import TestSupport
import Testing

@Suite struct ClientTests {
    private static let client = """
        id name uri image email createdAt keys { id clientId jwk createdAt }
        """
    private static let create = """
        mutation($input: CreateClientInput!) {
          createClient(input: $input) { code success message client { \(client) } }
        }
        """
    private static let addKey = """
        mutation($input: AddKeyToClientInput!) {
          addKeyToClient(input: $input) { code success message client { \(client) } }
        }
        """
    private static let revoke = """
        mutation($id: String!) { revokeClientKey(keyId: $id) { code success message keyId } }
        """
    private static let shop: [String: JSON] = [
        "name": "Shop", "uri": "https://shop.example", "image": "", "email": "x@shop.example",
    ]

    private func add(
        _ tester: GraphQLTester, _ client: String, id: String = UUID().uuidString,
        jwk: String = "{}", as tenant: Credentials
    ) async throws -> JSON {
        try await tester.send(
            Self.addKey,
            ["input": ["id": .string(id), "clientId": .string(client), "jwk": .string(jwk)]],
            as: tenant
        ).data.addKeyToClient
    }

    private func find(_ tester: GraphQLTester, _ id: String, as tenant: Credentials) async throws
        -> JSON
    {
        try await tester.send(
            "query($id: String!) { client(id: $id) { \(Self.client) } }", ["id": .string(id)],
            as: tenant)
    }

    @Test func `a client is made without keys, and read`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant().credentials
            let answer = try await tester.mutate(
                Self.create, ["input": .object(Self.shop)], as: tenant)
            #expect(answer.message == "Created Client")
            for (field, value) in Self.shop { #expect(answer.client[field] == value) }
            #expect(answer.client.keys.items.isEmpty)
            let id = try answer.client.id.required()
            #expect(try await find(tester, id, as: tenant).data.client == answer.client)
        }
    }

    @Test func `an unknown client is null, without an error`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant().credentials
            let other = try await tester.makeTenant().credentials
            let foreign = try await tester.makeClient(as: other)
            for id in [foreign, UUID().uuidString, "no uuid"] {
                let answer = try await find(tester, id, as: tenant)
                #expect(answer.data.client.isNull)
                #expect(answer.errors.isNull)
            }
        }
    }

    @Test(arguments: ["name", "uri", "image", "email"])
    func `a text that is too long is refused`(_ field: String) async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant().credentials
            let long: JSON = .string(String(repeating: "x", count: 256))
            let answer = try await tester.send(
                Self.create, ["input": .object(Self.shop.merging([field: long]) { $1 })],
                as: tenant
            ).data.createClient
            #expect(answer.code == "400")
            #expect(answer.message == .string("\(field) must have 0 to 255 characters"))
        }
    }

    @Test func `keys are listed with the newest first, their JWK without white space`()
        async throws
    {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant().credentials
            let client = try await tester.makeClient(as: tenant)
            // Ids against the order in which they are added.
            let ids = (1...3).map { "00000000-0000-4000-8000-00000000000\(4 - $0)" }
            let jwks = [
                (
                    #" { "kty" : "OKP", "x" : "a \" b\\" , "n": 1.10 } "#,
                    #"{"kty":"OKP","x":"a \" b\\","n":1.10}"#
                ),
                ("{}", "{}"),
                ("{\"key_ops\": [\"sign\",\n\t\"verify\"]}", #"{"key_ops":["sign","verify"]}"#),
            ]
            var answer: JSON = .null
            for (id, jwk) in zip(ids, jwks) {
                answer = try await add(tester, client, id: id, jwk: jwk.0, as: tenant)
                #expect(answer.code == "200")
                #expect(answer.message == "Added Key To Client")
            }
            #expect(answer.client.keys.items.map(\.id) == ids.reversed().map { .string($0) })
            #expect(
                answer.client.keys.items.map(\.jwk) == jwks.reversed().map { .string($0.1) })
            #expect(answer.client.keys.items.allSatisfy { $0.clientId == .string(client) })
            #expect(try await find(tester, client, as: tenant).data.client == answer.client)
        }
    }

    @Test(arguments: ["", "no json", "[]", "1", "null", "\"{}\"", "{", #"{"a":}"#, "{} {}"])
    func `a JWK that is no object is refused`(_ jwk: String) async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant().credentials
            let client = try await tester.makeClient(as: tenant)
            let answer = try await add(tester, client, jwk: jwk, as: tenant)
            #expect(answer.code == "400")
            #expect(answer.message == "invalid jwk")
            #expect(answer.client.isNull)
        }
    }

    @Test func `a JWK has up to 8 KiB`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant().credentials
            let client = try await tester.makeClient(as: tenant)
            let frame = #"{"x":""}"#.utf8.count
            func jwk(_ bytes: Int) -> String {
                #"{"x":"\#(String(repeating: "x", count: bytes - frame))"}"#
            }
            let id = UUID().uuidString.lowercased()
            #expect(try await add(tester, client, id: id, jwk: jwk(8192), as: tenant).code == "200")
            #expect(try await add(tester, client, jwk: jwk(8193), as: tenant).code == "400")
            let revoked = try await tester.mutate(Self.revoke, ["id": .string(id)], as: tenant)
            #expect(revoked.code == "200")
        }
    }

    @Test func `ids of keys are UUIDs that no client of any tenant has`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant().credentials
            let other = try await tester.makeTenant().credentials
            let client = try await tester.makeClient(as: tenant)
            let foreign = try await tester.makeClient(as: other)
            let id = try await tester.addKey(to: client, as: tenant)
            for (client, tenant) in [(client, tenant), (foreign, other)] {
                let answer = try await add(tester, client, id: id.uppercased(), as: tenant)
                #expect(answer.code == "409")
                #expect(answer.message == "key exists")
            }
            let noUUID = try await add(tester, client, id: "key-1", as: tenant)
            #expect(noUUID.code == "400")
            for unknown in [foreign, UUID().uuidString, "no uuid"] {
                let answer = try await add(tester, unknown, as: tenant)
                #expect(answer.code == "404")
                #expect(answer.message == "unknown client")
            }
        }
    }

    @Test func `a client has so many keys and no more, also when they come together`() async throws
    {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant().credentials
            let client = try await tester.makeClient(as: tenant)
            let codes = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<103 {
                    group.addTask { try await add(tester, client, as: tenant).code.text }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.count { $0 == "200" } == 100)
            #expect(codes.count { $0 == "409" } == 3)
            let keys = try await find(tester, client, as: tenant).data.client.keys
            #expect(keys.items.count == 100)
        }
    }

    @Test func `a revoked key stays, and says that it is revoked`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant().credentials
            let client = try await tester.makeClient(as: tenant)
            let id = try await tester.addKey(
                to: client, jwk: #"{"revoked": false, "kid": "a\u0000b"}"#, as: tenant)
            for _ in 0..<2 {
                let answer = try await tester.mutate(
                    Self.revoke, ["id": .string(id.uppercased())], as: tenant)
                #expect(answer.message == "Client key revoked")
                #expect(answer.keyId == .string(id.uppercased()))
                let keys = try await find(tester, client, as: tenant).data.client.keys
                #expect(keys[0].jwk == .string(#"{"kid":"a\u0000b","revoked":true}"#))
            }
        }
    }

    @Test func `the key's id is repeated whatever comes of a revocation`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant().credentials
            let other = try await tester.makeTenant().credentials
            let key = try await tester.addKey(
                to: try await tester.makeClient(as: other), as: other)
            for id in [key, UUID().uuidString, "no uuid"] {
                let answer = try await tester.send(Self.revoke, ["id": .string(id)], as: tenant)
                    .data.revokeClientKey
                #expect(answer.code == "404")
                #expect(answer.success == false)
                #expect(answer.message == "Client key not found")
                #expect(answer.keyId == .string(id))
            }
            let nobody = try await tester.send(Self.revoke, ["id": .string(key)], as: .nobody)
                .data.revokeClientKey
            #expect(nobody.code == "401")
            #expect(nobody.keyId == .string(key))
        }
    }

    @Test func `a key is public with its client, until the tenant is disabled`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let client = try await tester.makeClient("A \"shop\"", as: tenant.credentials)
            let id = try await tester.addKey(
                to: client, jwk: #"{ "kty": "OKP" }"#, as: tenant.credentials)
            let text = try await tester.app.clientKey(id: id)
            #expect(
                text == #"{"key":{"kty":"OKP"},"client":{"email":"shop@shop.example","id":""#
                    + client + #"","image":"https://shop.example/logo.png","name":"A \"shop\"","#
                    + #""uri":"https://shop.example"}}"#)
            #expect(try await tester.app.clientKey(id: id.uppercased()) == text)
            _ = try await tester.mutate(
                Self.revoke, ["id": .string(id)], as: tenant.credentials)
            let revoked = try await tester.app.clientKey(id: id)
            #expect(revoked?.hasPrefix(#"{"key":{"kty":"OKP","revoked":true},"client""#) == true)
            for unknown in [UUID().uuidString, "no uuid", ""] {
                #expect(try await tester.app.clientKey(id: unknown) == nil)
            }
            _ = try await tester.mutate(
                "mutation($id: String!) { deleteTenant(id: $id) { code } }",
                ["id": .string(tenant.id)], as: .operator)
            #expect(try await tester.app.clientKey(id: id) == nil)
        }
    }

    @Test func `clients are paged, and no other tenant's are among them`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant().credentials
            let other = try await tester.makeTenant().credentials
            var ids: [String] = []
            for number in 0..<5 {
                ids.append(try await tester.makeClient("\(number)", as: tenant))
                _ = try await tester.makeClient(as: other)
            }
            _ = try await tester.addKey(to: ids[1], as: tenant)
            func page(_ arguments: String) async throws -> JSON {
                try await tester.send(
                    """
                    { clients(\(arguments)) {
                      edges { cursor node { id keys { clientId } } }
                      pageInfo { hasNextPage hasPreviousPage }
                    } }
                    """, as: tenant
                ).data.clients
            }
            let first = try await page("first: 3")
            #expect(first.edges.items.compactMap(\.node.id.text) == Array(ids[..<3]))
            #expect(first.edges.items.map(\.node.keys.items.count) == [0, 1, 0])
            #expect(first.pageInfo.hasNextPage == true)
            #expect(first.pageInfo.hasPreviousPage == false)
            let middle = try await page("last: 2, before: \"\(ids[4])\"")
            #expect(middle.edges.items.compactMap(\.node.id.text) == Array(ids[2..<4]))
            #expect(middle.pageInfo.hasNextPage == true)
            #expect(middle.pageInfo.hasPreviousPage == true)
        }
    }
}
