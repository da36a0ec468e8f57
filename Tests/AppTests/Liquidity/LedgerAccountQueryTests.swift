import App
import Foundation
import TestSupport
import Testing

/// The statement of an account.
@Suite struct LedgerAccountQueryTests {
    private func account(
        _ tester: GraphQLTester, _ id: String, at moment: String, as credentials: Credentials
    ) async throws -> JSON {
        try await tester.send(
            """
            query($id: String!, $at: String!) {
              ledgerAccount(id: $id) {
                id kind liquidity balance(at: $at) transfers { edges { node { kind amount } } }
              }
            }
            """, ["id": .string(id), "at": .string(moment)], as: credentials)
    }

    @Test func `an account's balance is told for any time`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let peer = try await tester.makePeer(as: tenant.credentials)
            let start = Date.now
            try await tester.deposit(70, toPeer: peer, as: tenant.credentials)
            try await Task.sleep(for: .milliseconds(20))
            let between = Date.now
            try await Task.sleep(for: .milliseconds(20))
            let withdrawal = UUID().uuidString
            _ = try await tester.mutate(
                """
                mutation($input: CreatePeerLiquidityWithdrawalInput!) {
                  createPeerLiquidityWithdrawal(input: $input) { code }
                }
                """,
                ["input": ["peerId": .string(peer), "amount": "30", "id": .string(withdrawal)]],
                as: tenant.credentials)
            let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
            func balance(_ date: Date) async throws -> JSON {
                try await account(
                    tester, peer, at: date.formatted(format), as: tenant.credentials
                ).data.ledgerAccount
            }
            #expect(try await balance(start.addingTimeInterval(-1)).balance == "0")
            #expect(try await balance(between).balance == "70")
            let pending = try await balance(.now.addingTimeInterval(1))
            #expect(pending.balance == "70")
            #expect(pending.liquidity == "40")
            #expect(pending.kind == "PEER")
            #expect(pending.transfers.edges.items.map(\.node.kind) == ["DEPOSIT", "WITHDRAWAL"])
            _ = try await tester.mutate(
                "mutation($id: String!) { finalizeLiquidityWithdrawal(withdrawalId: $id) { code } }",
                ["id": .string(withdrawal)], as: tenant.credentials)
            #expect(try await balance(.now.addingTimeInterval(1)).balance == "40")
            #expect(try await balance(between).balance == "70")
        }
    }

    @Test func `another tenant's account is unknown, and a time needs its zone`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let peer = try await tester.makePeer(as: tenant.credentials)
            let stranger = try await tester.makeTenant()
            let now = "2030-01-31T12:00:00Z"
            for id in [peer, "no id"] {
                let foreign = try await account(tester, id, at: now, as: stranger.credentials)
                #expect(foreign.errors[0].message == "No account")
            }
            let late = try await account(
                tester, peer, at: "2030-01-31T12:00:00", as: tenant.credentials)
            #expect(late.errors[0].extensions.code == "BAD_USER_INPUT")
        }
    }
}
