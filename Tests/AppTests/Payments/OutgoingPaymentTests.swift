import App
import Foundation
import TestSupport
import Testing

@Suite struct OutgoingPaymentTests {
    @Test func `a payment tells of itself as documented`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(as: tenant.credentials)
            let bob = try await tester.makePointer(as: tenant.credentials)
            let receiver = try await tester.makeReceiver(bob, as: tenant.credentials)
            let quote = try await tester.createQuote(
                [
                    "paymentPointerId": .string(alice.id), "receiver": .string(receiver),
                    "sendAmount": alice.amount(5),
                ], as: tenant.credentials
            ).quote
            let answer = try await tester.createOutgoingPayment(
                [
                    "paymentPointerId": .string(alice.id), "quoteId": quote.id,
                    "description": "Lunch", "externalRef": "42",
                    "metadata": [["name": "b", "value": "2"], ["name": "a", "value": "1"]],
                ], as: tenant.credentials)
            #expect(answer.code == "200")
            let payment = answer.payment
            #expect(payment.id == quote.id)
            #expect(payment.state == "FUNDING")
            #expect(payment.error.isNull)
            #expect(payment.stateAttempts == .number(0))
            #expect(payment.sentAmount == ["value": "0", "assetCode": "USD"])
            #expect(payment.metadata[0] == ["name": "b", "value": "2"])
            let event = try #require(
                try await tester.events(of: payment.id.required(), as: tenant).first)
            let expected: JSON = [
                "payment": [
                    "id": payment.id, "paymentPointerId": .string(alice.id), "state": "FUNDING",
                    "receiver": .string(receiver), "sendAmount": alice.amount(5),
                    "receiveAmount": bob.amount(5), "sentAmount": alice.amount(0),
                    "stateAttempts": .number(0), "createdAt": payment.createdAt,
                    "updatedAt": payment.createdAt, "balance": "0", "description": "Lunch",
                    "externalRef": "42", "metadata": ["a": "1", "b": "2"],
                ]
            ]
            #expect(event.data == expected)
        }
    }

    @Test func `a quote is used once, by its own payment pointer, while it can be`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(as: tenant.credentials)
            let bob = try await tester.makePointer(as: tenant.credentials)
            func quote(_ receiver: String) async throws -> JSON {
                try await tester.createQuote(
                    [
                        "paymentPointerId": .string(alice.id), "receiver": .string(receiver),
                        "sendAmount": alice.amount(5),
                    ], as: tenant.credentials
                ).quote.id
            }
            func create(_ quote: JSON, _ pointer: String? = nil) async throws -> JSON {
                try await tester.createOutgoingPayment(
                    ["paymentPointerId": .string(pointer ?? alice.id), "quoteId": quote],
                    as: tenant.credentials)
            }
            let receiver = try await tester.makeReceiver(bob, as: tenant.credentials)
            let used = try await quote(receiver)
            #expect(try await create(used).code == "200")
            let fresh = try await quote(receiver)
            let closed = try await tester.makeReceiver(bob, as: tenant.credentials)
            let late = try await quote(closed)
            _ = try await tester.send(
                "mutation($id: String!) { completeIncomingPayment(id: $id) { code } }",
                ["id": .string(String(closed.suffix(36)))], as: tenant.credentials)
            let unknown = "00000000-0000-4000-8000-000000000000"
            let cases: [(JSON, String?, String, String)] = [
                (used, nil, "400", "invalid quote"),
                (fresh, bob.id, "400", "invalid quote"),
                (late, nil, "400", "invalid quote"),
                (.string(unknown), nil, "404", "unknown quote"),
                ("no id", nil, "404", "unknown quote"),
                (fresh, unknown, "404", "unknown payment pointer"),
                (fresh, "no id", "404", "unknown payment pointer"),
            ]
            for (quote, pointer, code, message) in cases {
                let answer = try await create(quote, pointer)
                #expect(answer.code == .string(code), "\(quote)")
                #expect(answer.message == .string(message), "\(quote)")
            }
            try await tester.database.administer(
                "update hazina.quotes set expires_at = now() where id = '\(fresh.text ?? "")'")
            #expect(try await create(fresh).message == "invalid quote")
        }
    }

    @Test func `of many payments from one quote at once, one is made`() async throws {
        try await GraphQLTester.with(poolSize: 1) { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(as: tenant.credentials)
            let bob = try await tester.makePointer(as: tenant.credentials)
            let receiver = try await tester.makeReceiver(bob, as: tenant.credentials)
            let quote = try await tester.createQuote(
                [
                    "paymentPointerId": .string(alice.id), "receiver": .string(receiver),
                    "sendAmount": alice.amount(5),
                ], as: tenant.credentials
            ).quote
            let codes = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await tester.createOutgoingPayment(
                            ["paymentPointerId": .string(alice.id), "quoteId": quote.id],
                            as: tenant.credentials
                        ).code.required()
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.filter { $0 == "200" }.count == 1)
            #expect(codes.filter { $0 == "400" }.count == 19)
            #expect(try await tester.events(of: quote.id.required(), as: tenant).count == 1)
        }
    }

    @Test func `a payment gets its money once, however often and from how many`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(as: tenant.credentials)
            let bob = try await tester.makePointer(as: tenant.credentials)
            let receiver = try await tester.makeReceiver(bob, as: tenant.credentials)
            let id = try await tester.makePayment(
                from: alice, to: receiver, sending: 9, as: tenant.credentials)
            let event = try #require(try await tester.events(of: id, as: tenant).first)
            let answers = try await withThrowingTaskGroup(of: JSON.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await tester.depositEvent(event.id, as: tenant.credentials)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.filter { $0.code == "200" }.count == 1)
            #expect(answers.filter { $0.error == "TransferExists" }.count == 19)
            _ = try await tester.payment(id, as: tenant.credentials)
            let late = try await tester.depositEvent(event.id, as: tenant.credentials)
            #expect(late.code == "409")
            #expect(late.message == "Transfer exists")
            let incoming = try await tester.incomingPayment(receiver, as: tenant.credentials)
            #expect(incoming.receivedAmount.value == "9")
            for bad in ["no id", UUID().uuidString] {
                let answer = try await tester.depositEvent(bad, as: tenant.credentials)
                #expect(answer.error == "InvalidId")
                #expect(answer.message == "Invalid id")
                #expect(
                    try await tester.withdrawEvent(bad, as: tenant.credentials).error
                        == "InvalidId")
            }
            let nothing = try await tester.withdrawEvent(event.id, as: tenant.credentials)
            #expect(nothing.error == "InvalidId")
            #expect(try await tester.audit(tenant).isEmpty)
        }
    }

    @Test func `a payment that waits for its money can be cancelled, and takes none then`()
        async throws
    {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(as: tenant.credentials)
            let bob = try await tester.makePointer(as: tenant.credentials)
            let receiver = try await tester.makeReceiver(bob, as: tenant.credentials)
            let id = try await tester.makePayment(
                from: alice, to: receiver, sending: 9, as: tenant.credentials)
            func cancel() async throws -> JSON {
                try await tester.send(
                    """
                    mutation($id: String!) {
                      cancelOutgoingPayment(id: $id) { code message payment { state error } }
                    }
                    """, ["id": .string(id)], as: tenant.credentials
                ).data.cancelOutgoingPayment
            }
            let answer = try await cancel()
            #expect(answer.code == "200")
            #expect(answer.payment == ["state": "FAILED", "error": "Cancelled"])
            #expect(try await cancel().message == "wrong state")
            let refused = try await tester.fund(id, as: tenant)
            #expect(refused.code == "409")
            #expect(refused.error.isNull)
            let events = try await tester.events(of: id, as: tenant)
            #expect(events.map(\.type).last == "outgoing_payment.failed")
            #expect(events.last?.data.payment.error == "Cancelled")
            #expect(events.last?.withdrawal == nil)
        }
    }

    @Test func `a payment whose money does not come in time fails`() async throws {
        try await GraphQLTester.with(configure: { $0.payments.fundingSeconds = 1 }) { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(as: tenant.credentials)
            let bob = try await tester.makePointer(as: tenant.credentials)
            let receiver = try await tester.makeReceiver(bob, as: tenant.credentials)
            let id = try await tester.makePayment(
                from: alice, to: receiver, sending: 9, as: tenant.credentials)
            let payment = try await tester.withWorkers {
                try await tester.payment(id, as: tenant.credentials)
            }
            #expect(payment.state == "FAILED")
            #expect(payment.error == "FundingExpired")
            #expect(try await tester.fund(id, as: tenant).code == "409")
        }
    }

    @Test func `the slower of two payments for one bill fails with its money on its account`()
        async throws
    {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(as: tenant.credentials)
            let bob = try await tester.makePointer(as: tenant.credentials)
            let receiver = try await tester.makeReceiver(bob, 100, as: tenant.credentials)
            let payments = [
                try await tester.makePayment(
                    from: alice, to: receiver, sending: 70, as: tenant.credentials),
                try await tester.makePayment(
                    from: alice, to: receiver, sending: 60, as: tenant.credentials),
            ]
            for payment in payments { try await tester.fund(payment, as: tenant) }
            var ends: [JSON] = []
            for payment in payments {
                ends.append(try await tester.payment(payment, as: tenant.credentials))
            }
            let failed = try #require(ends.first { $0.state == "FAILED" })
            #expect(ends.filter { $0.state == "COMPLETED" }.count == 1)
            #expect(failed.error == "ReceiverFull")
            #expect(failed.sentAmount.value == "0")
            let event = try #require(
                try await tester.events(of: failed.id.required(), as: tenant).last)
            #expect(event.type == "outgoing_payment.failed")
            #expect(event.withdrawal.map { "\($0)" } == failed.sendAmount.value.text)
            #expect(event.data.payment.balance == failed.sendAmount.value)
            #expect(try await tester.withdrawEvent(event.id, as: tenant.credentials).code == "200")
            let after = try await tester.payment(
                failed.id.required(), as: tenant.credentials)
            #expect(after.sentAmount.value == "0")
            #expect(try await tester.audit(tenant).isEmpty)
        }
    }

    @Test func `a payment to a receiver that wants no more is done as it stands`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(as: tenant.credentials)
            let bob = try await tester.makePointer(as: tenant.credentials)
            let receiver = try await tester.makeReceiver(bob, as: tenant.credentials)
            let id = try await tester.makePayment(
                from: alice, to: receiver, sending: 9, as: tenant.credentials)
            _ = try await tester.send(
                "mutation($id: String!) { completeIncomingPayment(id: $id) { code } }",
                ["id": .string(String(receiver.suffix(36)))], as: tenant.credentials)
            try await tester.fund(id, as: tenant)
            let payment = try await tester.payment(id, as: tenant.credentials)
            #expect(payment.state == "COMPLETED")
            #expect(payment.sentAmount.value == "0")
            let event = try #require(try await tester.events(of: id, as: tenant).last)
            #expect(event.withdrawal == 9)
        }
    }

    @Test func `a payment under an idempotency key is funded and sent`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(as: tenant.credentials)
            let bob = try await tester.makePointer(as: tenant.credentials)
            let receiver = try await tester.makeReceiver(bob, as: tenant.credentials)
            let id = try await tester.makePayment(
                from: alice, to: receiver, sending: 9, as: tenant.credentials)
            let event = try #require(try await tester.events(of: id, as: tenant).first)
            try await tester.withWorkers {
                for isReplay in [false, true] {
                    let answer = try await tester.send(
                        "mutation($id: String!) { depositEventLiquidity(eventId: $id) { code } }",
                        ["id": .string(event.id)], under: "fund-it", as: tenant.credentials)
                    #expect(answer.answer.data.depositEventLiquidity.code == "200")
                    #expect(answer.isReplay == isReplay)
                }
                let payment = try await tester.payment(id, as: tenant.credentials)
                #expect(payment.state == "COMPLETED")
            }
        }
    }
}
