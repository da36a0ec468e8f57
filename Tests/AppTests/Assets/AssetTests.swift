import App
import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct AssetTests {
    private static let create = """
        mutation($input: CreateAssetInput!) {
          createAsset(input: $input) {
            code success message asset { id code scale withdrawalThreshold createdAt }
          }
        }
        """
    private static let update = """
        mutation($input: UpdateAssetInput!) {
          updateAssetWithdrawalThreshold(input: $input) {
            code success message asset { id withdrawalThreshold }
          }
        }
        """

    @Test func `an asset is made with its three accounts`() async throws {
        try await TestDatabase.with { database in
            try await GraphQLTester.with(database) { tester in
                let tenant = try await tester.makeTenant()
                let answer = try await tester.send(
                    Self.create,
                    [
                        "input": [
                            "code": "EUR", "scale": 2,
                            "withdrawalThreshold": "18446744073709551615",
                        ]
                    ],
                    as: tenant.credentials
                ).data.createAsset
                #expect(answer.code == "200")
                #expect(answer.message == "Created Asset")
                #expect(answer.asset.code == "EUR")
                #expect(answer.asset.scale == 2)
                #expect(answer.asset.withdrawalThreshold == "18446744073709551615")
                let id = try answer.asset.id.required()
                #expect(id == id.lowercased())
                let createdAt = try answer.asset.createdAt.required()
                #expect(createdAt.contains(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/))
                try await TestDatabase.admin(database.adminURL) { connection in
                    let kinds = try await connection.query(
                        """
                        select kind, id::text = \(id) as is_asset_id from hazina.ledger_accounts
                        where asset_id::text = \(id) order by kind
                        """
                    ).map {
                        "\(try $0.decode("kind", as: String.self)) "
                            + "\(try $0.decode("is_asset_id", as: Bool.self))"
                    }
                    #expect(kinds == ["asset true", "fee false", "settlement false"])
                }
            }
        }
    }

    @Test func `code and scale are unique within a tenant, not between tenants`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let other = try await tester.makeTenant()
            let input: [String: JSON] = ["input": ["code": "EUR", "scale": 2]]
            _ = try await tester.mutate(Self.create, input, as: tenant.credentials)
            _ = try await tester.mutate(Self.create, input, as: other.credentials)
            _ = try await tester.mutate(
                Self.create, ["input": ["code": "EUR", "scale": 3]], as: tenant.credentials)
            let again = try await tester.send(Self.create, input, as: tenant.credentials).data
                .createAsset
            #expect(again.code == "409")
            #expect(again.success == false)
            #expect(again.message == "Asset already exists")
            #expect(again.asset.isNull)
        }
    }

    @Test(arguments: [
        ("", 2), ("US D", 2), ("USD\n", 2), (String(repeating: "X", count: 256), 2),
        ("USD", -1), ("USD", 256), ("\u{202E}USD", 2), ("A\u{0}", 2),
    ])
    func `a code or scale that cannot be is refused`(_ code: String, _ scale: Int) async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let answer = try await tester.send(
                Self.create, ["input": ["code": .string(code), "scale": .number(Double(scale))]],
                as: tenant.credentials
            ).data.createAsset
            #expect(answer.code == "400")
            #expect(answer.asset.isNull)
        }
    }

    @Test func `the threshold is set, kept at zero, and cleared by null or nothing`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let id = try await tester.mutate(
                Self.create, ["input": ["code": "EUR", "scale": 2]], as: tenant.credentials
            ).asset.id
            func update(_ input: [String: JSON]) async throws -> JSON {
                let merged = input.merging(["id": id]) { $1 }
                return try await tester.mutate(
                    Self.update, ["input": .object(merged)], as: tenant.credentials
                ).asset.withdrawalThreshold
            }
            #expect(try await update(["withdrawalThreshold": 5]) == "5")
            #expect(try await update(["withdrawalThreshold": 0]) == "0")
            #expect(try await update(["withdrawalThreshold": nil]).isNull)
            #expect(try await update(["withdrawalThreshold": "7"]) == "7")
            #expect(try await update([:]).isNull)
        }
    }

    @Test func `an unknown asset and another tenant's look the same`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let other = try await tester.makeTenant()
            let foreign = try await tester.mutate(
                Self.create, ["input": ["code": "EUR", "scale": 2]], as: other.credentials
            ).asset.id
            for id in [foreign, .string(UUID().uuidString), "no uuid"] {
                let query = try await tester.send(
                    "query($id: String!) { asset(id: $id) { id } }", ["id": id],
                    as: tenant.credentials)
                #expect(query.data.asset.isNull)
                #expect(query.errors[0].message == "No asset")
                #expect(query.errors[0].extensions.code == "NOT_FOUND")
                let update = try await tester.send(
                    Self.update, ["input": ["id": id]], as: tenant.credentials
                ).data.updateAssetWithdrawalThreshold
                #expect(update.code == "404")
                #expect(update.message == "Unknown asset")
            }
        }
    }

    @Test func `a thousand parallel requests on a pool of one connection all answer`() async throws
    {
        try await GraphQLTester.with(poolSize: 1) { tester in
            let tenant = try await tester.makeTenant()
            let id = try await tester.mutate(
                Self.create, ["input": ["code": "EUR", "scale": 2]], as: tenant.credentials
            ).asset.id
            let answered = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<1000 {
                    group.addTask {
                        if number % 10 == 0 {
                            return try await tester.send(
                                Self.create,
                                ["input": ["code": .string("C\(number)"), "scale": 2]],
                                as: tenant.credentials
                            ).data.createAsset.code == "200"
                        }
                        return try await tester.send(
                            "query($id: String!) { asset(id: $id) { id } }", ["id": id],
                            as: tenant.credentials
                        ).data.asset.id == id
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(answered == 1000)
        }
    }
}
