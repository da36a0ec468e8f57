import App
import Foundation
import TestSupport
import Testing

@Suite struct AssetFeeTests {
    private static let create = """
        mutation {
          createAsset(input: {code: "EUR", scale: 2}) {
            code asset { id fee { fixed basisPoints } }
          }
        }
        """
    private static let set = """
        mutation($input: SetAssetFeeInput!) {
          setAssetFee(input: $input) {
            code success message asset { id fee { fixed basisPoints } }
          }
        }
        """

    @Test func `an asset has no fee until one is set, and then everywhere it is shown`()
        async throws
    {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant().credentials
            let asset = try await tester.mutate(Self.create, as: tenant).asset
            #expect(asset.fee.fixed == "0")
            #expect(asset.fee.basisPoints == 0)
            let answer = try await tester.mutate(
                Self.set,
                [
                    "input": [
                        "assetId": asset.id, "fixed": "18446744073709551615", "basisPoints": 10000,
                    ]
                ], as: tenant)
            #expect(answer.message == "Set Asset Fee")
            let pointer = try await tester.makePaymentPointer(code: "EUR", as: tenant)
            let shown = try await tester.send(
                """
                query($asset: String!, $pointer: String!) {
                  asset(id: $asset) { fee { fixed basisPoints } }
                  assets { edges { node { fee { fixed basisPoints } } } }
                  paymentPointer(id: $pointer) { asset { fee { fixed basisPoints } } }
                }
                """, ["asset": asset.id, "pointer": .string(pointer)], as: tenant
            ).data
            for fee in [
                answer.asset.fee, shown.asset.fee, shown.assets.edges[0].node.fee,
                shown.paymentPointer.asset.fee,
            ] {
                #expect(fee.fixed == "18446744073709551615")
                #expect(fee.basisPoints == 10000)
            }
        }
    }

    @Test(arguments: [-1, 10_001, Int(Int32.max)])
    func `a share that is none is refused`(_ basisPoints: Int) async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant().credentials
            let asset = try await tester.mutate(Self.create, as: tenant).asset
            let answer = try await tester.send(
                Self.set,
                [
                    "input": [
                        "assetId": asset.id, "fixed": 0,
                        "basisPoints": .number(Double(basisPoints)),
                    ]
                ], as: tenant
            ).data.setAssetFee
            #expect(answer.code == "400")
            #expect(answer.message == "Invalid fee: use 0 to 10000 basis points")
            #expect(answer.asset.isNull)
        }
    }

    @Test func `a fee of an unknown asset, or another tenant's, cannot be set`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant().credentials
            let other = try await tester.makeTenant().credentials
            let foreign = try await tester.mutate(Self.create, as: other).asset.id
            for id in [foreign, .string(UUID().uuidString), "no uuid"] {
                let answer = try await tester.send(
                    Self.set, ["input": ["assetId": id, "fixed": 1, "basisPoints": 1]], as: tenant
                ).data.setAssetFee
                #expect(answer.code == "404")
                #expect(answer.message == "Unknown asset")
            }
            let kept = try await tester.send(
                "query($id: String!) { asset(id: $id) { fee { fixed } } }", ["id": foreign],
                as: other)
            #expect(kept.data.asset.fee.fixed == "0")
        }
    }
}
