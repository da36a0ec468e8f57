import App
import Foundation
import Ledger
import Postgres
import TestSupport
import Testing

@Suite struct PeerDeletionTests {
    private static let delete =
        "mutation($id: String!) { deletePeer(id: $id) { code success message } }"

    private func delete(
        _ id: String, _ tester: GraphQLTester, as caller: Credentials
    ) async throws -> JSON {
        try await tester.send(Self.delete, ["id": .string(id)], as: caller).data.deletePeer
    }

    @Test func `a deleted peer is gone, and its tokens are free again`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let other = try await tester.makeTenant()
            let kept = try await tester.makePeer("test.a", as: tenant.credentials)
            let id = try await tester.makePeer(tokens: ["token"], as: tenant.credentials)
            let answer = try await delete(id, tester, as: tenant.credentials)
            #expect(
                answer == ["code": "200", "success": true, "message": "Deleted ILP Peer"])
            let left = try await tester.send(
                """
                query($id: String!) {
                  peer(id: $id) { id }
                  peers { edges { cursor } }
                  of: peers(filter: {assetCode: "USD"}) { edges { cursor } }
                  sorted: peers(orderBy: {field: STATIC_ILP_ADDRESS}) { edges { cursor } }
                }
                """, ["id": .string(id)], as: tenant.credentials)
            #expect(left.data.peer.isNull)
            #expect(left.errors[0].message == "No peer")
            for page in [left.data.peers, left.data.of, left.data.sorted] {
                #expect(page.edges == [["cursor": .string(kept)]])
            }
            let update = try await tester.send(
                "mutation($id: String!) { updatePeer(input: {id: $id}) { code message } }",
                ["id": .string(id)], as: tenant.credentials)
            #expect(update.data.updatePeer == ["code": "404", "message": "Unknown peer"])
            _ = try await tester.makePeer(tokens: ["token"], as: other.credentials)
        }
    }

    @Test func `a peer is deleted once, and only by its tenant`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let other = try await tester.makeTenant()
            let id = try await tester.makePeer(as: tenant.credentials)
            let unknown: JSON = ["code": "404", "success": false, "message": "Unknown peer"]
            for id in [id, UUID().uuidString, "no uuid", ""] {
                #expect(try await delete(id, tester, as: other.credentials) == unknown)
            }
            let codes = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await delete(id, tester, as: tenant.credentials).code.text
                    }
                }
                return try await group.reduce(into: [String?]()) { $0.append($1) }
            }
            #expect(codes.filter { $0 == "200" }.count == 1)
            #expect(codes.filter { $0 == "404" }.count == 7)
        }
    }

    @Test func `a page goes on from a peer that was deleted meanwhile`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            var ids: [String] = []
            for _ in 0..<3 { ids.append(try await tester.makePeer(as: tenant.credentials)) }
            _ = try await delete(ids[1], tester, as: tenant.credentials)
            let pages = try await tester.send(
                """
                query($id: String!) {
                  after: peers(after: $id) { edges { cursor } pageInfo { hasPreviousPage } }
                  before: peers(before: $id) { edges { cursor } pageInfo { hasNextPage } }
                }
                """, ["id": .string(ids[1])], as: tenant.credentials
            ).data
            #expect(pages.after.edges == [["cursor": .string(ids[2])]])
            #expect(pages.after.pageInfo.hasPreviousPage == true)
            #expect(pages.before.edges == [["cursor": .string(ids[0])]])
            #expect(pages.before.pageInfo.hasNextPage == true)
        }
    }

    private func ledger(_ tester: GraphQLTester) -> Ledger {
        LedgerFixture.ledger(tester.pool)
    }

    @Test func `a peer with liquidity or a pending withdrawal is kept`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let owner = try #require(UUID(uuidString: tenant.id))
            let peer = try await tester.makePeer(tokens: ["token"], as: tenant.credentials)
            let account = try #require(UUID(uuidString: peer))
            let ledger = ledger(tester)
            func expectKept() async throws {
                let answer = try await delete(peer, tester, as: tenant.credentials)
                #expect(answer.code == "409")
                #expect(answer.success == false)
                #expect(
                    answer.message
                        == """
                        The peer holds liquidity or has a pending withdrawal: withdraw its \
                        liquidity and finalize or roll back its withdrawals first
                        """)
                let kept = try await tester.send(
                    PeerTests.read, ["id": .string(peer)], as: tenant.credentials)
                #expect(kept.data.peer.id.text == peer)
                let taken = try await tester.send(
                    PeerTests.create, PeerTests.input(tokens: ["token"]), as: tenant.credentials)
                #expect(taken.data.createPeer.code == "409")
            }
            func withdraw(_ resolution: LedgerOperation.Resolution) async throws {
                let id = UUID()
                let withdrawal = Transfer.withdrawal(
                    id: id, from: account, kind: .peer, amount: nil, phase: .pending(seconds: nil))
                _ = try await ledger.perform(.transfer([withdrawal]), tenant: owner)
                try await expectKept()
                _ = try await ledger.perform(.resolve(id: id, resolution), tenant: owner)
            }
            let deposit = Transfer.deposit(id: UUID(), to: account, kind: .peer, amount: 5)
            _ = try await ledger.perform(.transfer([deposit]), tenant: owner)
            try await expectKept()
            try await withdraw(.void)
            try await expectKept()
            try await withdraw(.post)
            let deleted = try await delete(peer, tester, as: tenant.credentials)
            #expect(deleted.code == "200", "what has come and gone does not matter")
            let late = try await tester.send(
                """
                mutation($peer: String!, $id: String!) {
                  addPeerLiquidity(input: {peerId: $peer, amount: 1, id: $id}) { code error }
                }
                """, ["peer": .string(peer), "id": .string(UUID().uuidString)],
                as: tenant.credentials)
            #expect(late.data.addPeerLiquidity == ["code": "404", "error": "UnknownPeer"])
        }
    }

    @Test func `a deposit that races with a deletion is either refused or keeps the peer`()
        async throws
    {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let owner = try #require(UUID(uuidString: tenant.id))
            let ledger = ledger(tester)
            for round in 0..<20 {
                let peer = try await tester.makePeer(as: tenant.credentials)
                let account = try #require(UUID(uuidString: peer))
                async let deletion = delete(peer, tester, as: tenant.credentials).code
                let deposited = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for _ in 0..<round % 4 + 1 {
                        group.addTask {
                            let deposit = Transfer.deposit(
                                id: UUID(), to: account, kind: .peer, amount: 1)
                            do {
                                _ = try await ledger.perform(.transfer([deposit]), tenant: owner)
                                return true
                            } catch let error as LedgerError {
                                #expect(error.reason == .creditAccountUnknown)
                                return false
                            }
                        }
                    }
                    return try await group.contains(true)
                }
                let code = try await deletion
                #expect(code == (deposited ? "409" : "200"))
                let left = try await tester.send(
                    PeerTests.read, ["id": .string(peer)], as: tenant.credentials)
                #expect(left.data.peer.isNull == !deposited)
            }
        }
    }
}
