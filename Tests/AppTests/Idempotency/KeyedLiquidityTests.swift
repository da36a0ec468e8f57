import App
import Foundation
import Postgres
import TestSupport
import Testing

/// Money that moves under an `Idempotency-Key`.
@Suite struct KeyedLiquidityTests {
    @Test func `each mutation is done once and answered again`() async throws {
        try await LiquidityTests.withBooks { books in
            let (peer, asset, pointer) = (books.peer, books.asset, books.paymentPointer)
            let (hold, other, all) = (UUID(), UUID(), UUID())
            let input = { (owner: String, amount: Int, id: UUID) in
                "(input: {\(owner), amount: \(amount), id: \"\(id)\"}) { code message error }"
            }
            let documents = [
                "addPeerLiquidity" + input("peerId: \"\(peer)\"", 50, UUID()),
                "addAssetLiquidity" + input("assetId: \"\(asset)\"", 30, UUID()),
                "createPeerLiquidityWithdrawal" + input("peerId: \"\(peer)\"", 7, hold),
                "finalizeLiquidityWithdrawal(withdrawalId: \"\(hold)\") { code message error }",
                "createAssetLiquidityWithdrawal" + input("assetId: \"\(asset)\"", 9, other),
                "rollbackLiquidityWithdrawal(withdrawalId: \"\(other)\") { code message error }",
                """
                transfer(input: {id: "\(UUID())", sourceAccountId: "\(peer)", sourceAmount: 12,
                  destinationAmount: 10, destinationAccountId: "\(pointer)"}) { code message }
                """,
                """
                createPaymentPointerWithdrawal(
                  input: {paymentPointerId: "\(pointer)", id: "\(all)"}) {
                  code message error withdrawal { id amount paymentPointer { id liquidity } } }
                """,
            ]
            for (number, document) in documents.enumerated() {
                let send = {
                    try await books.tester.send(
                        "mutation { answer: \(document) }", under: "key-\(number)",
                        as: books.tenant.credentials)
                }
                let first = try await send()
                #expect(!first.isReplay)
                #expect(first.answer.data.answer.code == "200", "\(first.answer)")
                let second = try await send()
                #expect(second.isReplay)
                #expect(second.answer == first.answer)
            }
            #expect(try await books.liquidity() == ["32", "31", "0"])
        }
    }

    @Test func `a refusal for lack of money is not kept`() async throws {
        try await LiquidityTests.withBooks { books in
            let withdraw = {
                try await books.tester.send(
                    """
                    mutation { answer: createPeerLiquidityWithdrawal(input: {
                      peerId: "\(books.peer)", amount: 5,
                      id: "00000000-0000-4000-8000-0000000000aa"}) { code error } }
                    """, under: "later", as: books.tenant.credentials)
            }
            for _ in 0..<2 {
                let refused = try await withdraw()
                #expect(!refused.isReplay)
                #expect(refused.answer.data.answer.error == "InsufficientBalance")
            }
            try await books.tester.deposit(5, toPeer: books.peer, as: books.tenant.credentials)
            #expect(try await withdraw().answer.data.answer.code == "200")
            #expect(try await withdraw().isReplay)
            #expect(try await books.liquidity()[1] == "0")
        }
    }

    @Test func `an id that somebody else is just using is waited for, then refused`()
        async throws
    {
        try await TestDatabase.with { database in
            try await GraphQLTester.with(database) { tester in
                let tenant = try await tester.makeTenant()
                let euro = try await tester.makePeer(code: "EUR", as: tenant.credentials)
                let dollar = try await tester.makePeer(code: "USD", as: tenant.credentials)
                let id = UUID()
                let rival = try await DirectConnection.open(url: database.adminURL)
                defer { rival.close() }
                try await rival.execute(script: "begin")
                try await rival.query("select set_config('app.tenant_id', \(tenant.id), true)")
                try await rival.execute(
                    script: """
                        select * from hazina.ledger_apply('{transfer}', '{null}', '{\(id)}',
                            '{null}', '{\(euro)}', '{peer}', '{5}', '{null}')
                        """)
                async let answer = tester.send(
                    """
                    mutation { answer: addPeerLiquidity(input: {peerId: "\(dollar)", amount: 1,
                      id: "\(id)"}) { code error } }
                    """, under: "rival", as: tenant.credentials)
                while try await rival.query("select 1 from pg_locks where not granted").isEmpty {
                    try await Task.sleep(for: .milliseconds(10))
                }
                try await rival.execute(script: "commit")
                #expect(
                    try await answer.answer.data.answer
                        == ["code": "409", "error": "TransferExists"])
            }
        }
    }
}
