import App
import Foundation
import TestSupport
import Testing

@Suite struct TenantIsolationTests {
    private static let newID = "00000000-0000-4000-8000-0000000000a1"

    /// Operations on a peer of this id.
    private static let peers = [
        "query($id: String!) { peer(id: $id) { id } }",
        "query($id: String!) { peers(after: $id) { edges { cursor } } }",
        "query($id: String!) { peers(before: $id) { edges { cursor } } }",
        "mutation($id: String!) { updatePeer(input: {id: $id}) { code message } }",
        "mutation($id: String!) { deletePeer(id: $id) { code message } }",
    ]

    /// Operations on the liquidity of something of this id.
    private static let liquidity =
        [
            "addPeerLiquidity(input: {peerId: $id, amount: 1, id: \"\(newID)\"})",
            "addAssetLiquidity(input: {assetId: $id, amount: 1, id: \"\(newID)\"})",
            "createPeerLiquidityWithdrawal(input: {peerId: $id, amount: 1, id: \"\(newID)\"})",
            "createAssetLiquidityWithdrawal(input: {assetId: $id, amount: 2, id: \"\(newID)\"})",
            "createPaymentPointerWithdrawal(input: {paymentPointerId: $id, id: \"\(newID)\"})",
            "finalizeLiquidityWithdrawal(withdrawalId: $id)",
            "rollbackLiquidityWithdrawal(withdrawalId: $id)",
        ].map { "mutation($id: String!) { \($0) { code message error } }" } + [
            "query($id: String!) { ledgerTransfer(id: $id) { amount } }"
        ]

    /// Reads of several tenants share connections; none may run with another's setting.
    @Test(arguments: [1, 3])
    func `interleaved requests of many tenants each see their own rows`(
        _ poolSize: Int
    ) async throws {
        try await GraphQLTester.with(poolSize: poolSize) { tester in
            var owners: [(credentials: Credentials, code: String)] = []
            for number in 0..<6 {
                let tenant = try await tester.makeTenant()
                let code = "T\(number)"
                _ = try await tester.mutate(
                    """
                    mutation($code: String!) {
                      createAsset(input: {code: $code, scale: 2}) { code }
                    }
                    """,
                    ["code": .string(code)], as: tenant.credentials)
                owners.append((tenant.credentials, code))
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<600 {
                    let owner = owners[number % owners.count]
                    group.addTask {
                        let answer = try await tester.send(
                            "{ assets { edges { node { code } } } whoami { role } }",
                            as: owner.credentials)
                        #expect(
                            answer.data.assets.edges.items.map(\.node.code.text) == [owner.code])
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// Fields that take an id, by what it is the id of.
    private static let fields: [String: [String]] = [
        "asset": [
            "query($id: String!) { asset(id: $id) { id } }",
            "query($id: String!) { assets(after: $id) { edges { cursor } } }",
            "query($id: String!) { assets(before: $id) { edges { cursor } } }",
            """
            mutation($id: String!) {
              updateAssetWithdrawalThreshold(input: {id: $id}) { code message }
            }
            """,
            """
            mutation($id: String!) {
              setAssetFee(input: {assetId: $id, fixed: 1, basisPoints: 1}) { code message }
            }
            """,
        ],
        "pointer": [
            "query($id: String!) { paymentPointer(id: $id) { id } }",
            "query($id: String!) { apiKeys(paymentPointerId: $id) { edges { cursor } } }",
            "mutation($id: String!) { createApiKey(input: {paymentPointerId: $id}) { code message } }",
            """
            mutation($id: String!) {
              updatePaymentPointer(input: {id: $id, isActive: false}) { code message }
            }
            """,
            """
            mutation($id: String!) {
              createIncomingPayment(input: {paymentPointerId: $id}) { code message }
            }
            """,
            """
            mutation($id: String!) {
              createQuote(input: {paymentPointerId: $id, receiver: "x"}) { code message }
            }
            """,
            """
            query($id: String!) {
              incomingPayments(filter: {paymentPointerId: $id}) { edges { cursor } }
            }
            """,
        ],
        "key": ["mutation($id: String!) { revokeApiKey(input: {id: $id}) { code message } }"],
        "tenant": [
            "mutation($id: String!) { rotateTenantKey(input: {tenantId: $id}) { code message } }"
        ],
        "clientKey": ["mutation($id: String!) { revokeClientKey(keyId: $id) { code message } }"],
        "client": [
            "query($id: String!) { client(id: $id) { name } }",
            """
            mutation($id: String!) {
              addKeyToClient(input: {
                id: "00000000-0000-4000-8000-000000000001", clientId: $id, jwk: "{}"
              }) { code message }
            }
            """,
        ],
        "incomingPayment": [
            "query($id: String!) { incomingPayment(id: $id) { id } }",
            "mutation($id: String!) { completeIncomingPayment(id: $id) { code message } }",
            "mutation($id: String!) { cancelIncomingPayment(id: $id) { code message } }",
        ],
        "outgoingPayment": [
            "query($id: String!) { quote(id: $id) { id } }",
            "query($id: String!) { outgoingPayment(id: $id) { id } }",
            "mutation($id: String!) { cancelOutgoingPayment(id: $id) { code message } }",
            """
            mutation($id: String!) {
              createOutgoingPayment(input: {paymentPointerId: $id, quoteId: $id}) { code message }
            }
            """,
        ],
        "event": [
            "query($id: String!) { webhookEvent(id: $id) { id } }",
            "mutation($id: String!) { depositEventLiquidity(eventId: $id) { code message error } }",
            "mutation($id: String!) { withdrawEventLiquidity(eventId: $id) { code message error } }",
            "mutation($id: String!) { resendWebhookEvent(id: $id) { code message } }",
        ],
        "position": [
            "query($id: String!) { position(id: $id) { id } }",
            """
            mutation($id: String!) {
              addPositionLiquidity(input: {
                positionId: $id, amount: 1, id: "00000000-0000-4000-8000-000000000001"
              }) { code message error }
            }
            """,
        ],
        "peer": peers,
    ]

    /// Something of each kind.
    private func ids(
        _ tester: GraphQLTester, of owner: GraphQLTester.TestTenant
    ) async throws -> [String: String] {
        let pointer = try await tester.makePointer(as: owner.credentials)
        let receiver = try await tester.makeReceiver(pointer, as: owner.credentials)
        let payment = try await tester.makePayment(
            from: pointer, to: receiver, sending: 1, as: owner.credentials)
        let client = try await tester.makeClient(as: owner.credentials)
        let asset = try await tester.asset(of: pointer, as: owner.credentials)
        let position = try await tester.mutate(
            """
            mutation($input: SetPositionLimitInput!) {
              setPositionLimit(input: $input) { code position { id } }
            }
            """,
            [
                "input": [
                    "tenantId": "00000000-0000-7000-8000-000000000001", "limit": "1",
                    "assetId": .string(asset),
                ]
            ], as: owner.credentials)
        return [
            "asset": asset, "pointer": pointer.id, "tenant": owner.id, "client": client,
            "key": try await tester.makeApiKey(pointer.id, as: owner.credentials).id,
            "clientKey": try await tester.addKey(to: client, as: owner.credentials),
            "peer": try await tester.makePeer(as: owner.credentials),
            "incomingPayment": String(receiver.suffix(36)), "outgoingPayment": payment,
            "event": try await tester.events(of: payment, as: owner).first?.id ?? "",
            "position": try position.position.id.required(),
        ]
    }

    /// Every field that takes an id, given another tenant's, answers as for an id nobody has.
    @Test func `another tenant's ids look unknown on every field that takes one`() async throws {
        try await GraphQLTester.with { tester in
            let owner = try await tester.makeTenant()
            let ids = try await ids(tester, of: owner)
            let stranger = try await tester.makeTenant()
            let unknown = "00000000-0000-4000-8000-000000000000"
            for (kind, documents) in Self.fields {
                let id = try #require(ids[kind])
                for document in documents {
                    let foreign = try await tester.send(
                        document, ["id": .string(id)], as: stranger.credentials)
                    let nobodys = try await tester.send(
                        document, ["id": .string(unknown)], as: stranger.credentials)
                    #expect(foreign == nobodys, "\(document)")
                }
            }
            let kept = try await tester.send(
                "query($id: String!) { apiKeys(paymentPointerId: $id) { edges { cursor } } }",
                ["id": .string(ids["pointer"] ?? "")], as: owner.credentials)
            #expect(kept.data.apiKeys.edges.items.count == 1)
        }
    }

    @Test func `liquidity of another tenant is unknown, whatever is done with its id`()
        async throws
    {
        try await GraphQLTester.with { tester in
            let owner = try await tester.makeTenant()
            let stranger = try await tester.makeTenant()
            let peer = try await tester.makePeer(as: owner.credentials)
            let pointer = try await tester.makePaymentPointer(as: owner.credentials)
            let deposit = UUID()
            try await tester.deposit(100, toPeer: peer, id: deposit, as: owner.credentials)
            for id in [peer, pointer, deposit.uuidString] {
                for document in Self.liquidity {
                    let foreign = try await tester.send(
                        document, ["id": .string(id)], as: stranger.credentials)
                    let nobodys = try await tester.send(
                        document, ["id": .string("00000000-0000-4000-8000-00000000dead")],
                        as: stranger.credentials)
                    #expect(foreign == nobodys, "\(document)")
                }
            }
            let liquidity = try await tester.send(
                "{ peer(id: \"\(peer)\") { liquidity } }", as: owner.credentials)
            #expect(liquidity.data.peer.liquidity == "100")
            // Ids of transfers are a tenant's own.
            let other = try await tester.makePeer(as: stranger.credentials)
            try await tester.deposit(1, toPeer: other, id: deposit, as: stranger.credentials)
        }
    }
}
