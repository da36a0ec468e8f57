import App
import Foundation
import TestSupport

/// Something of each kind that has an id or a secret, of one payment pointer and its tenant.
struct Things: Sendable {
    let tenant: GraphQLTester.TestTenant
    /// By kind, as `SampleArguments` names them.
    var ids: [String: String]
    /// Of the payment pointer.
    let session: Credentials

    static func make(
        _ tester: GraphQLTester, of tenant: GraphQLTester.TestTenant,
        counterparty: GraphQLTester.TestTenant, code: String = "USD"
    ) async throws -> Things {
        let caller = tenant.credentials
        let pointer = try await tester.makePointer(code: code, as: caller)
        let receiver = try await tester.makeReceiver(pointer, 100, as: caller)
        let quote = try await tester.createQuote(
            ["paymentPointerId": .string(pointer.id), "receiver": .string(receiver)], as: caller)
        let payment = try await tester.makePayment(from: pointer, to: receiver, as: caller)
        let client = try await tester.makeClient(as: caller)
        let asset = try await tester.asset(of: pointer, as: caller)
        let suffix = UUID().uuidString.prefix(8).lowercased()
        let peer = try await tester.makePeer("test.\(suffix)", code: code, as: caller)
        let transfer = UUID()
        try await tester.deposit(100, toPeer: peer, id: transfer, as: caller)
        try await move(tester, from: peer, to: pointer.id, as: caller)
        // Another comes before it, for pages that end with it.
        _ = try await tester.makeApiKey(pointer.id, as: caller)
        let apiKey = try await tester.makeApiKey(pointer.id, as: caller)
        let session = try await tester.redeem(apiKey.key, pointer.id).session.key.required()
        let ids = [
            "asset": asset, "paymentPointer": pointer.id, "tenant": tenant.id, "client": client,
            "key": apiKey.id, "apiKeySecret": apiKey.key, "sessionSecret": session, "peer": peer,
            "counterparty": counterparty.id, "receiver": receiver,
            "clientKey": try await tester.addKey(to: client, as: caller),
            "incomingPayment": String(receiver.suffix(36)), "outgoingPayment": payment,
            "quote": try quote.quote.id.required(), "transfer": transfer.uuidString.lowercased(),
            "event": try await tester.events(of: payment, as: tenant).first?.id ?? "",
            "withdrawal": try await withdrawal(tester, from: peer, as: caller),
            "position": try await position(tester, asset, counterparty, as: caller),
            "tenantKey": try await tenantKey(tester, as: caller),
            "auditEntry": try await auditEntry(tester, as: caller).cursor.required(),
            "usedKey": try await auditEntry(tester, as: caller).node.keyId.required(),
        ]
        return Things(tenant: tenant, ids: ids, session: .session(session))
    }

    private static func move(
        _ tester: GraphQLTester, from source: String, to destination: String,
        as caller: Credentials
    ) async throws {
        _ = try await tester.mutate(
            "mutation($input: TransferInput!) { transfer(input: $input) { code message } }",
            [
                "input": [
                    "id": .string(UUID().uuidString), "sourceAccountId": .string(source),
                    "destinationAccountId": .string(destination), "sourceAmount": "10",
                ]
            ], as: caller)
    }

    private static func withdrawal(
        _ tester: GraphQLTester, from peer: String, as caller: Credentials
    ) async throws -> String {
        let id = UUID().uuidString.lowercased()
        _ = try await tester.mutate(
            """
            mutation($input: CreatePeerLiquidityWithdrawalInput!) {
              createPeerLiquidityWithdrawal(input: $input) { code message }
            }
            """, ["input": ["peerId": .string(peer), "amount": "1", "id": .string(id)]], as: caller)
        return id
    }

    private static func position(
        _ tester: GraphQLTester, _ asset: String, _ other: GraphQLTester.TestTenant,
        as caller: Credentials
    ) async throws -> String {
        try await tester.mutate(
            """
            mutation($input: SetPositionLimitInput!) {
              setPositionLimit(input: $input) { code position { id } }
            }
            """,
            [
                "input": [
                    "tenantId": .string(other.id), "limit": "1", "assetId": .string(asset),
                ]
            ], as: caller
        ).position.id.required()
    }

    private static func tenantKey(
        _ tester: GraphQLTester, as caller: Credentials
    ) async throws -> String {
        try await tester.mutate(
            "mutation { createTenantKey(input: {readOnly: true}) { code tenantKey { id } } }",
            as: caller
        ).tenantKey.id.required()
    }

    private static func auditEntry(
        _ tester: GraphQLTester, as caller: Credentials
    ) async throws -> JSON {
        let log = "{ auditLog(first: 2) { edges { cursor node { keyId } } } }"
        return try await tester.send(log, as: caller).data.auditLog.edges[1]
    }
}
