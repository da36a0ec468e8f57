import App
import Foundation
import TestSupport
import Testing

/// The mutations on liquidity, with every failure in the order of the checks.
@Suite struct LiquidityTests {
    /// What the mutations are tried on.
    struct Books {
        let tester: GraphQLTester
        let tenant: GraphQLTester.TestTenant
        let asset: String
        let peer: String
        let paymentPointer: String

        func run(_ mutation: String) async throws -> JSON {
            let document = "mutation { answer: \(mutation) { code success message error } }"
            return try await tester.send(document, as: tenant.credentials).data.answer
        }

        func liquidity() async throws -> [JSON] {
            let data = try await tester.send(
                """
                { asset(id: "\(asset)") { liquidity } peer(id: "\(peer)") { liquidity }
                  paymentPointer(id: "\(paymentPointer)") { liquidity } }
                """, as: tenant.credentials
            ).data
            return [data.asset.liquidity, data.peer.liquidity, data.paymentPointer.liquidity]
        }
    }

    static func withBooks(_ body: (Books) async throws -> Void) async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let peer = try await tester.makePeer(as: tenant.credentials)
            let pointer = try await tester.makePaymentPointer(as: tenant.credentials)
            let asset = try await tester.send(
                "{ peer(id: \"\(peer)\") { asset { id } } }", as: tenant.credentials
            ).data.peer.asset.id.required()
            try await body(
                Books(
                    tester: tester, tenant: tenant, asset: asset, peer: peer,
                    paymentPointer: pointer))
        }
    }

    private static let unknown = "00000000-0000-4000-8000-00000000dead"

    private func expect(
        _ answer: JSON, _ code: String, _ message: String, _ error: String?,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(answer.code.text == code, "\(answer)", sourceLocation: location)
        #expect(answer.success == .bool(code == "200"), sourceLocation: location)
        #expect(answer.message.text == message, sourceLocation: location)
        #expect(answer.error.text == error, sourceLocation: location)
    }

    @Test(arguments: [
        ("addPeerLiquidity", "peerId", "Added peer liquidity", "UnknownPeer", "Unknown peer"),
        ("addAssetLiquidity", "assetId", "Added asset liquidity", "UnknownAsset", "Unknown asset"),
    ])
    func `a deposit, and all its failures in order`(
        _ mutation: String, _ field: String, _ success: String, _ unknownError: String,
        _ unknownMessage: String
    ) async throws {
        try await Self.withBooks { books in
            let own = field == "peerId" ? books.peer : books.asset
            let other = field == "peerId" ? books.asset : books.peer
            let first = UUID().uuidString
            let deposit = { (id: String, amount: String, transfer: String) in
                try await books.run(
                    """
                    \(mutation)(input: {\(field): "\(id)", amount: \(amount), id: "\(transfer)"})
                    """)
            }
            for id in [own, Self.unknown, "no id"] {
                expect(
                    try await deposit(id, "0", "no id"), "400", "Amount is zero", "AmountZero")
            }
            for id in [Self.unknown, "no id", other] {
                expect(
                    try await deposit(id, "1", "no id"), "404", unknownMessage, unknownError)
                expect(try await deposit(id, "1", first), "404", unknownMessage, unknownError)
            }
            expect(try await deposit(own, "1", "no id"), "400", "Invalid id", "InvalidId")
            expect(try await deposit(own, "18446744073709551615", first), "200", success, nil)
            expect(
                try await deposit(own, "5", first.lowercased()), "409", "Transfer exists",
                "TransferExists")
            expect(
                try await deposit(own, "1", UUID().uuidString), "400",
                "Balance would exceed 18446744073709551615", nil)
            let liquidity = try await books.liquidity()
            #expect(liquidity[field == "peerId" ? 1 : 0] == "18446744073709551615")
        }
    }

    @Test(arguments: [
        (
            "createPeerLiquidityWithdrawal", "peerId", "Created peer liquidity withdrawal",
            "UnknownPeer", "Unknown peer"
        ),
        (
            "createAssetLiquidityWithdrawal", "assetId", "Created asset liquidity withdrawal",
            "UnknownAsset", "Unknown asset"
        ),
    ])
    func `a withdrawal, and all its failures in order`(
        _ mutation: String, _ field: String, _ success: String, _ unknownError: String,
        _ unknownMessage: String
    ) async throws {
        try await Self.withBooks { books in
            let own = field == "peerId" ? books.peer : books.asset
            let used = UUID()
            if field == "peerId" {
                try await books.tester.deposit(
                    10, toPeer: own, id: used, as: books.tenant.credentials)
            } else {
                try await books.tester.deposit(
                    10, toAsset: own, id: used, as: books.tenant.credentials)
            }
            let withdraw = { (id: String, amount: String, transfer: String) in
                try await books.run(
                    """
                    \(mutation)(input: {\(field): "\(id)", amount: \(amount), id: "\(transfer)"})
                    """)
            }
            expect(
                try await withdraw(Self.unknown, "0", "no id"), "400", "Amount is zero",
                "AmountZero")
            for id in [Self.unknown, "no id", books.paymentPointer] {
                expect(
                    try await withdraw(id, "1", "no id"), "404", unknownMessage, unknownError)
            }
            expect(try await withdraw(own, "99", "no id"), "400", "Invalid id", "InvalidId")
            expect(
                try await withdraw(own, "99", used.uuidString), "409", "Transfer exists",
                "TransferExists")
            expect(
                try await withdraw(own, "11", UUID().uuidString), "403",
                "Insufficient balance", "InsufficientBalance")
            let id = UUID().uuidString
            expect(try await withdraw(own, "10", id), "200", success, nil)
            #expect(try await books.liquidity()[field == "peerId" ? 1 : 0] == "0")
            expect(
                try await books.run("rollbackLiquidityWithdrawal(withdrawalId: \"\(id)\")"),
                "200", "Rolled Back Withdrawal", nil)
            #expect(try await books.liquidity()[field == "peerId" ? 1 : 0] == "10")
        }
    }

    @Test func `a withdrawal is finalised or rolled back once`() async throws {
        try await Self.withBooks { books in
            let deposit = UUID()
            try await books.tester.deposit(
                10, toPeer: books.peer, id: deposit, as: books.tenant.credentials)
            let withdraw = { (id: UUID) in
                try await books.run(
                    """
                    createPeerLiquidityWithdrawal(
                      input: {peerId: "\(books.peer)", amount: 3, id: "\(id)"})
                    """)
            }
            let finalize = { (id: String) in
                try await books.run("finalizeLiquidityWithdrawal(withdrawalId: \"\(id)\")")
            }
            let rollBack = { (id: String) in
                try await books.run("rollbackLiquidityWithdrawal(withdrawalId: \"\(id)\")")
            }
            for resolve in [finalize, rollBack] {
                expect(try await resolve("no id"), "400", "Invalid id", "InvalidId")
                for id in [Self.unknown, deposit.uuidString] {
                    expect(
                        try await resolve(id), "404", "Unknown withdrawal", "UnknownTransfer")
                }
            }
            let (first, second) = (UUID(), UUID())
            #expect(try await withdraw(first).code == "200")
            expect(try await finalize(first.uuidString), "200", "Finalized Withdrawal", nil)
            #expect(try await withdraw(second).code == "200")
            expect(try await rollBack(second.uuidString), "200", "Rolled Back Withdrawal", nil)
            for resolve in [finalize, rollBack] {
                expect(
                    try await resolve(first.uuidString), "409",
                    "Withdrawal already finalized", "AlreadyCommitted")
                expect(
                    try await resolve(second.uuidString), "409",
                    "Withdrawal already rolled back", "AlreadyRolledBack")
            }
            #expect(try await withdraw(first).error == "TransferExists")
            #expect(try await books.liquidity()[1] == "7")
        }
    }

    @Test func `a payment pointer's withdrawal takes everything`() async throws {
        try await Self.withBooks { books in
            let withdraw = { (pointer: String, id: String) in
                try await books.tester.send(
                    """
                    mutation { answer: createPaymentPointerWithdrawal(
                      input: {paymentPointerId: "\(pointer)", id: "\(id)"}) {
                        code success message error
                        withdrawal { id amount paymentPointer { id url } } } }
                    """, as: books.tenant.credentials
                ).data.answer
            }
            for id in [Self.unknown, "no id", books.peer] {
                expect(
                    try await withdraw(id, "no id"), "404", "Unknown payment pointer",
                    "UnknownPaymentPointer")
            }
            for id in ["no id", UUID().uuidString] {
                expect(
                    try await withdraw(books.paymentPointer, id), "400", "Amount is zero",
                    "AmountZero")
            }
            try await books.tester.deposit(
                50, toPeer: books.peer, as: books.tenant.credentials)
            let paid = UUID().uuidString
            let transfer = try await books.tester.send(
                """
                mutation { transfer(input: {id: "\(paid)", sourceAccountId: "\(books.peer)",
                  destinationAccountId: "\(books.paymentPointer)", sourceAmount: 20}) { code } }
                """, as: books.tenant.credentials)
            #expect(transfer.data.transfer.code == "200")
            expect(
                try await withdraw(books.paymentPointer, "no id"), "400", "Invalid id",
                "InvalidId")
            expect(
                try await withdraw(books.paymentPointer, paid), "409", "Transfer exists",
                "TransferExists")
            let id = UUID().uuidString.lowercased()
            let answer = try await withdraw(books.paymentPointer, id)
            expect(answer, "200", "Created account withdrawal", nil)
            #expect(answer.withdrawal.id.text == id)
            #expect(answer.withdrawal.amount == "20")
            #expect(answer.withdrawal.paymentPointer.id.text == books.paymentPointer)
            #expect(try await books.liquidity()[2] == "0")
        }
    }
}
