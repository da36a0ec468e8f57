import App
import Foundation
import TestSupport
import Testing

@Suite struct TransferMutationTests {
    private static let unknown = "00000000-0000-4000-8000-00000000dead"

    private func transfer(
        _ books: LiquidityTests.Books, _ source: String, _ destination: String, _ amount: UInt64,
        _ destinationAmount: UInt64? = nil, id: String = UUID().uuidString, more: String = ""
    ) async throws -> JSON {
        let arrives = destinationAmount.map { ", destinationAmount: \($0)" } ?? ""
        return try await books.tester.send(
            """
            mutation { transfer(input: {
              id: "\(id)", sourceAccountId: "\(source)", destinationAccountId: "\(destination)",
              sourceAmount: \(amount)\(arrives)\(more)}) { code success message } }
            """, as: books.tenant.credentials
        ).data.transfer
    }

    @Test func `a transfer, and all its failures in order`() async throws {
        try await LiquidityTests.withBooks { books in
            let (peer, pointer) = (books.peer, books.paymentPointer)
            let euros = try await books.tester.makePaymentPointer(
                code: "EUR", as: books.tenant.credentials)
            try await books.tester.deposit(100, toPeer: peer, as: books.tenant.credentials)
            let used = UUID().uuidString
            #expect(try await transfer(books, peer, pointer, 1, id: used).code == "200")
            let refusals: [(JSON, String, String)] = try await [
                (
                    transfer(books, peer, peer.uppercased(), 0), "400",
                    "Source and destination are the same account"
                ),
                (transfer(books, peer, Self.unknown, 0), "400", "Source amount is zero"),
                (transfer(books, "no id", pointer, 1, 0), "400", "Destination amount is zero"),
                (transfer(books, "no id", pointer, 1), "404", "Unknown source account"),
                (transfer(books, Self.unknown, pointer, 1), "404", "Unknown source account"),
                (transfer(books, peer, "no id", 1), "404", "Unknown destination account"),
                (transfer(books, peer, Self.unknown, 1), "404", "Unknown destination account"),
                (
                    transfer(books, peer, euros, 1, id: "no id"), "400",
                    "The accounts are in different assets: give destinationAmount too"
                ),
                (transfer(books, peer, pointer, 1, id: "no id"), "400", "Invalid id"),
                (transfer(books, peer, pointer, 999, id: used), "409", "Transfer exists"),
                (transfer(books, peer, pointer, 100), "403", "Insufficient balance"),
                (
                    transfer(books, peer, euros, 1, 1), "403",
                    "Insufficient liquidity of the destination's asset"
                ),
                (
                    transfer(books, peer, pointer, 1, more: ", timeoutSeconds: 5"), "400",
                    "timeoutSeconds must be 1 to 2147483647, with twoPhase: true"
                ),
            ]
            for (answer, code, message) in refusals {
                #expect(answer.code.text == code, "\(answer)")
                #expect(answer.message.text == message)
                #expect(answer.success == false)
            }
            #expect(try await books.liquidity() == ["0", "99", "1"])
        }
    }

    @Test func `the asset's liquidity takes and gives the difference`() async throws {
        try await LiquidityTests.withBooks { books in
            let (peer, pointer) = (books.peer, books.paymentPointer)
            try await books.tester.deposit(100, toPeer: peer, as: books.tenant.credentials)
            #expect(try await transfer(books, peer, pointer, 10, 7).code == "200")
            #expect(try await books.liquidity() == ["3", "90", "7"])
            #expect(try await transfer(books, peer, pointer, 10, 13).code == "200")
            #expect(try await books.liquidity() == ["0", "80", "20"])
            let short = try await transfer(books, peer, pointer, 10, 11)
            #expect(short.message == "Insufficient liquidity of the destination's asset")
            #expect(try await transfer(books, peer, books.asset, 5, 3).code == "200")
            #expect(try await books.liquidity() == ["5", "75", "20"])
        }
    }

    @Test func `between assets both amounts are given, and all moves or nothing`() async throws {
        try await LiquidityTests.withBooks { books in
            let euros = try await books.tester.makePaymentPointer(
                code: "EUR", as: books.tenant.credentials)
            let euro = try await books.tester.send(
                "{ paymentPointer(id: \"\(euros)\") { asset { id } } }",
                as: books.tenant.credentials
            ).data.paymentPointer.asset.id.required()
            try await books.tester.deposit(100, toPeer: books.peer, as: books.tenant.credentials)
            try await books.tester.deposit(50, toAsset: euro, as: books.tenant.credentials)
            #expect(try await transfer(books, books.peer, euros, 60, 51).code == "403")
            #expect(try await transfer(books, books.peer, euros, 60, 50).code == "200")
            #expect(try await books.liquidity() == ["60", "40", "0"])
            let moved = try await transfer(books, books.asset, euro, 1, 1)
            #expect(moved.code == "400")
        }
    }

    @Test func `an account that was used and closed since is unknown before all else`() async throws
    {
        try await LiquidityTests.withBooks { books in
            let peers = try await [
                books.tester.makePeer("test.dollars", as: books.tenant.credentials),
                books.tester.makePeer("test.euros", code: "EUR", as: books.tenant.credentials),
            ]
            try await books.tester.deposit(10, toPeer: books.peer, as: books.tenant.credentials)
            let used = UUID().uuidString
            #expect(try await transfer(books, books.peer, peers[0], 1, id: used).code == "200")
            #expect(try await transfer(books, peers[0], books.peer, 1).code == "200")
            #expect(try await transfer(books, books.peer, peers[1], 1, 1).code == "403")
            for peer in peers {
                let deleted = try await books.tester.send(
                    "mutation { deletePeer(id: \"\(peer)\") { code message } }",
                    as: books.tenant.credentials)
                #expect(deleted.data.deletePeer.code == "200", "\(deleted)")
            }
            for answer in try await [
                transfer(books, books.peer, peers[0], 1),
                transfer(books, books.peer, peers[0], 1, id: used),
                transfer(books, books.peer, peers[0], 1, id: "no id"),
                transfer(books, books.peer, peers[0], 999),
                transfer(books, books.peer, peers[1], 1),
                transfer(books, books.peer, peers[1], 999, 1),
            ] { #expect(answer.message == "Unknown destination account") }
            for answer in try await [
                transfer(books, peers[0], books.peer, 1), transfer(books, peers[1], peers[0], 9, 9),
            ] { #expect(answer.message == "Unknown source account") }
            #expect(try await books.liquidity() == ["0", "10", "0"])
        }
    }

    @Test func `what refuses a transfer under a key is told, also between known accounts`()
        async throws
    {
        try await LiquidityTests.withBooks { books in
            let used = UUID().uuidString
            try await books.tester.deposit(10, toPeer: books.peer, as: books.tenant.credentials)
            let made = try await transfer(books, books.peer, books.paymentPointer, 1, id: used)
            #expect(made.code == "200")
            for (key, amount, message) in [
                ("too-much", 10, "Insufficient balance"), ("used", 1, "Transfer exists"),
                ("used", 1, "Transfer exists"),
            ] {
                let id = key == "used" ? used : UUID().uuidString
                let refusal = try await books.tester.send(
                    """
                    mutation { transfer(input: {id: "\(id)", sourceAccountId: "\(books.peer)",
                      destinationAccountId: "\(books.paymentPointer)", sourceAmount: \(amount)}) {
                      code message } }
                    """, under: key, as: books.tenant.credentials)
                #expect(refusal.answer.data.transfer.message.text == message)
            }
            #expect(try await books.liquidity() == ["0", "9", "1"])
        }
    }

    @Test func `accounts that one tenant uses are unknown to another`() async throws {
        try await LiquidityTests.withBooks { books in
            try await books.tester.deposit(10, toPeer: books.peer, as: books.tenant.credentials)
            for _ in 1...2 {
                let answer = try await transfer(books, books.peer, books.paymentPointer, 1)
                #expect(answer.code == "200")
            }
            let other = LiquidityTests.Books(
                tester: books.tester, tenant: try await books.tester.makeTenant(),
                asset: books.asset, peer: books.peer, paymentPointer: books.paymentPointer)
            let answer = try await transfer(other, books.peer, books.paymentPointer, 1)
            #expect(answer.message == "Unknown source account")
            #expect(try await books.liquidity() == ["0", "8", "2"])
        }
    }

    @Test func `a two-phase transfer reserves, then is finalised or rolled back`() async throws {
        try await LiquidityTests.withBooks { books in
            try await books.tester.deposit(10, toPeer: books.peer, as: books.tenant.credentials)
            for (resolution, liquidity) in [
                ("rollbackLiquidityWithdrawal", ["0", "10", "0"]),
                ("finalizeLiquidityWithdrawal", ["0", "6", "4"]),
            ] {
                let id = UUID().uuidString
                let made = try await transfer(
                    books, books.peer, books.paymentPointer, 4, id: id,
                    more: ", twoPhase: true, timeoutSeconds: 60")
                #expect(made.code == "200")
                #expect(try await books.liquidity() == ["0", "6", "0"])
                let read = try await books.tester.send(
                    "{ ledgerTransfer(id: \"\(id)\") { state kind amount expiresAt resolvedAt } }",
                    as: books.tenant.credentials
                ).data.ledgerTransfer
                #expect(read.state == "PENDING")
                #expect(read.kind == "TRANSFER")
                #expect(read.expiresAt.text != nil)
                #expect(read.resolvedAt.isNull)
                let answer = try await books.run("\(resolution)(withdrawalId: \"\(id)\")")
                #expect(answer.code == "200")
                #expect(try await books.liquidity() == liquidity.map { .string($0) })
            }
        }
    }

    @Test func `a page of assets with balances and transfers costs a statement for each level`()
        async throws
    {
        try await LiquidityTests.withBooks { books in
            for code in ["AAA", "BBB", "CCC"] {
                let asset = try await books.tester.mutate(
                    """
                    mutation { createAsset(input: {code: "\(code)", scale: 2}) {
                      code message asset { id } } }
                    """, as: books.tenant.credentials
                ).asset.id.required()
                for amount in 1...3 {
                    try await books.tester.deposit(
                        UInt64(amount), toAsset: asset, as: books.tenant.credentials)
                }
            }
            let page = """
                { assets { edges { node { code liquidity
                  transfers(first: 2, order: NEWEST_FIRST) {
                    pageInfo { hasNextPage hasPreviousPage endCursor }
                    edges { cursor node { id amount kind sourceAccountId destinationAccountId }
                } } } } } }
                """
            let answer = try await books.tester.send(page, as: books.tenant.credentials)
            let nodes = answer.data.assets.edges.items.map(\.node).filter { $0.code != "USD" }
            #expect(nodes.count == 3)
            for node in nodes {
                #expect(node.liquidity == "6")
                #expect(node.transfers.edges.items.map(\.node.amount) == ["3", "2"])
                #expect(node.transfers.pageInfo.hasNextPage == true)
                #expect(node.transfers.pageInfo.hasPreviousPage == false)
                #expect(node.transfers.edges[0].node.kind == "DEPOSIT")
                #expect(node.transfers.edges[0].node.sourceAccountId.isNull)
            }
        }
    }
}
