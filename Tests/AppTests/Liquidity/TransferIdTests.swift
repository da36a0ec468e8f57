import App
import Foundation
import Ledger
import Postgres
import TestSupport
import Testing

/// One id is one transfer, whoever made it, however, and whatever became of it.
@Suite struct TransferIdTests {
    /// Everything that makes a transfer, asking for too much.
    private func makers(_ books: LiquidityTests.Books, _ id: String) -> [String] {
        let amount = "18446744073709551615"
        let (peer, asset, pointer) = (books.peer, books.asset, books.paymentPointer)
        return [
            "addPeerLiquidity(input: {peerId: \"\(peer)\", amount: \(amount), id: \"\(id)\"})",
            "addAssetLiquidity(input: {assetId: \"\(asset)\", amount: 1, id: \"\(id)\"})",
            """
            createPeerLiquidityWithdrawal(
              input: {peerId: "\(peer)", amount: \(amount), id: "\(id)"})
            """,
            """
            createAssetLiquidityWithdrawal(
              input: {assetId: "\(asset)", amount: \(amount), id: "\(id)"})
            """,
            """
            createPaymentPointerWithdrawal(
              input: {paymentPointerId: "\(pointer)", id: "\(id)"})
            """,
        ]
    }

    private func transfer(
        _ books: LiquidityTests.Books, _ id: String, _ amount: String, more: String = ""
    ) async throws -> JSON {
        try await books.tester.send(
            """
            mutation { transfer(input: {
              id: "\(id)", sourceAccountId: "\(books.peer)", sourceAmount: \(amount),
              destinationAccountId: "\(books.paymentPointer)"\(more)}) { code message } }
            """, as: books.tenant.credentials
        ).data.transfer
    }

    @Test func `an id that was used is refused before the balance is looked at`() async throws {
        try await LiquidityTests.withBooks { books in
            let ids = (0..<6).map { _ in UUID() }
            try await books.tester.deposit(
                100, toPeer: books.peer, id: ids[0], as: books.tenant.credentials)
            #expect(try await transfer(books, ids[1].uuidString, "10").code == "200")
            let pending = ", twoPhase: true"
            #expect(
                try await transfer(books, ids[2].uuidString, "1", more: pending).code == "200")
            for id in ids[3...] {
                let made = try await books.run(
                    """
                    createPeerLiquidityWithdrawal(
                      input: {peerId: "\(books.peer)", amount: 1, id: "\(id)"})
                    """)
                #expect(made.code == "200")
            }
            _ = try await books.run("finalizeLiquidityWithdrawal(withdrawalId: \"\(ids[4])\")")
            _ = try await books.run("rollbackLiquidityWithdrawal(withdrawalId: \"\(ids[5])\")")
            let before = try await books.liquidity()
            for id in ids {
                for maker in makers(books, id.uuidString.lowercased()) {
                    let answer = try await books.run(maker)
                    #expect(answer.code == "409", "\(maker)")
                    #expect(answer.error == "TransferExists")
                    #expect(answer.message == "Transfer exists")
                }
                let answer = try await transfer(books, id.uuidString, "18446744073709551615")
                #expect(answer == ["code": "409", "message": "Transfer exists"])
            }
            #expect(try await books.liquidity() == before)
        }
    }

    @Test func `tenants do not share ids, and none resolves what is another's`() async throws {
        try await LiquidityTests.withBooks { books in
            let other = try await books.tester.makeTenant()
            let peer = try await books.tester.makePeer(as: other.credentials)
            let id = UUID()
            try await books.tester.deposit(
                5, toPeer: books.peer, id: id, as: books.tenant.credentials)
            try await books.tester.deposit(5, toPeer: peer, id: id, as: other.credentials)
            let hold = UUID()
            let made = try await books.run(
                """
                createPeerLiquidityWithdrawal(
                  input: {peerId: "\(books.peer)", amount: 5, id: "\(hold)"})
                """)
            #expect(made.code == "200")
            for resolution in ["finalizeLiquidityWithdrawal", "rollbackLiquidityWithdrawal"] {
                let answer = try await books.tester.send(
                    "mutation { answer: \(resolution)(withdrawalId: \"\(hold)\") { code error } }",
                    as: other.credentials
                ).data.answer
                #expect(answer == ["code": "404", "error": "UnknownTransfer"])
            }
            let deposit = try await books.tester.send(
                """
                mutation { answer: addPeerLiquidity(
                  input: {peerId: "\(books.peer)", amount: 1, id: "\(UUID())"}) { code error } }
                """, as: other.credentials
            ).data.answer
            #expect(deposit == ["code": "404", "error": "UnknownPeer"])
            #expect(try await books.liquidity()[1] == "0")
        }
    }

    @Test func `what has expired is rolled back, whatever is asked for`() async throws {
        try await LiquidityTests.withBooks { books in
            try await books.tester.deposit(10, toPeer: books.peer, as: books.tenant.credentials)
            let ids = [UUID(), UUID()]
            for id in ids {
                let made = try await transfer(
                    books, id.uuidString, "4", more: ", twoPhase: true, timeoutSeconds: 1")
                #expect(made.code == "200")
            }
            #expect(try await books.liquidity()[1] == "2")
            try await Task.sleep(for: .milliseconds(1050))
            let resolutions = ["finalizeLiquidityWithdrawal", "rollbackLiquidityWithdrawal"]
            for (id, resolution) in zip(ids, resolutions) {
                for _ in 0..<2 {
                    let answer = try await books.run("\(resolution)(withdrawalId: \"\(id)\")")
                    #expect(answer.code == "409")
                    #expect(answer.error == "AlreadyRolledBack")
                }
            }
            _ = try await LedgerFixture.ledger(books.tester.pool).expire(limit: 10)
            #expect(try await books.liquidity() == ["0", "10", "0"])
            let read = try await books.tester.send(
                "{ ledgerTransfer(id: \"\(ids[0])\") { state } }", as: books.tenant.credentials)
            #expect(read.data.ledgerTransfer.state == "EXPIRED")
        }
    }

    @Test func `the largest amount goes in, waits and goes out`() async throws {
        try await LiquidityTests.withBooks { books in
            let largest = "18446744073709551615"
            try await books.tester.deposit(
                .max, toPeer: books.peer, as: books.tenant.credentials)
            #expect(try await transfer(books, UUID().uuidString, largest).code == "200")
            #expect(try await books.liquidity() == ["0", "0", .string(largest)])
            for resolution in ["rollbackLiquidityWithdrawal", "finalizeLiquidityWithdrawal"] {
                let id = UUID()
                let made = try await books.tester.send(
                    """
                    mutation { answer: createPaymentPointerWithdrawal(input: {
                      paymentPointerId: "\(books.paymentPointer)", id: "\(id)"}) {
                        code withdrawal { amount } } }
                    """, as: books.tenant.credentials
                ).data.answer
                #expect(made.withdrawal.amount == .string(largest))
                #expect(try await books.liquidity()[2] == "0")
                let answer = try await books.run("\(resolution)(withdrawalId: \"\(id)\")")
                #expect(answer.code == "200")
            }
            #expect(try await books.liquidity() == ["0", "0", "0"])
        }
    }

    @Test func `transfers do not reach accounts that are not the tenant's to move`() async throws {
        try await TestDatabase.with { database in
            try await GraphQLTester.with(database) { tester in
                let tenant = try await tester.makeTenant()
                let peer = try await tester.makePeer(as: tenant.credentials)
                try await tester.deposit(10, toPeer: peer, as: tenant.credentials)
                let connection = try await DirectConnection.open(url: database.adminURL)
                defer { connection.close() }
                let others = try await connection.query(
                    """
                    select id, kind from hazina.ledger_accounts
                    where kind in ('settlement', 'fee') and tenant_id = \(tenant.id)::text::uuid
                    """)
                #expect(others.count == 2)
                for row in others {
                    let other = try row.decode("id", as: UUID.self).uuidString
                    // What fees have earned may be taken, by no more than there is.
                    let isFee = try row.decode("kind") == "fee"
                    for (source, destination, code) in [
                        (peer, other, "404"), (other, peer, isFee ? "403" : "404"),
                    ] {
                        let answer = try await tester.send(
                            """
                            mutation { transfer(input: {
                              id: "\(UUID())", sourceAccountId: "\(source)", sourceAmount: 1,
                              destinationAccountId: "\(destination)"}) { code } }
                            """, as: tenant.credentials)
                        #expect(answer.data.transfer.code.text == code)
                    }
                }
            }
        }
    }
}
