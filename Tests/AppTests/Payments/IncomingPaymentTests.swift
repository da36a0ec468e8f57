import App
import Foundation
import TestSupport
import Testing

@Suite struct IncomingPaymentTests {
    @Test func `a payment is made as it was asked for`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let pointer = try await tester.makePointer(as: tenant.credentials)
            let answer = try await tester.createIncomingPayment(
                [
                    "paymentPointerId": .string(pointer.id), "description": "Two coffees\n\tto go",
                    "externalRef": "INV-1", "incomingAmount": pointer.amount(.max),
                    "expiresAt": "2099-12-31T23:00:00+01:00",
                    "metadata": [["name": "table", "value": "7"]],
                ], as: tenant.credentials)
            #expect(answer.code == "200")
            let payment = answer.payment
            #expect(payment.paymentPointerId == .string(pointer.id))
            #expect(payment.state == "PENDING")
            #expect(payment.description == "Two coffees\n\tto go")
            #expect(payment.externalRef == "INV-1")
            #expect(payment.expiresAt == "2099-12-31T22:00:00.000Z")
            #expect(payment.incomingAmount == pointer.amount(.max))
            #expect(payment.receivedAmount == pointer.amount(0))
            #expect(payment.metadata == [["name": "table", "value": "7"]])
        }
    }

    @Test func `a payment expires in ninety days unless it says otherwise`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let pointer = try await tester.makePointer(as: tenant.credentials)
            for expiry in [JSON.null, ""] {
                let answer = try await tester.createIncomingPayment(
                    ["paymentPointerId": .string(pointer.id), "expiresAt": expiry],
                    as: tenant.credentials)
                let text = try answer.payment.expiresAt.required()
                let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
                let seconds = try format.parse(text).timeIntervalSinceNow
                #expect(abs(seconds - 90 * 86400) < 60)
                #expect(answer.payment.incomingAmount.isNull)
            }
        }
    }

    @Test func `what cannot be is refused, and nothing is made`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let pointer = try await tester.makePointer(as: tenant.credentials)
            let unknown = "00000000-0000-4000-8000-000000000000"
            let wrongScale = GraphQLTester.TestPointer(
                id: pointer.id, url: pointer.url, code: "USD", scale: 9)
            let cases: [(JSON, String, String)] = [
                (["expiresAt": "2001-01-01T00:00:00Z"], "400", "invalid expiresAt"),
                (["expiresAt": "tomorrow"], "400", "invalid expiresAt"),
                (["expiresAt": "2099-01-01T00:00:00"], "400", "invalid expiresAt"),
                (["incomingAmount": pointer.amount(0)], "400", "invalid amount"),
                (["incomingAmount": wrongScale.amount(1)], "400", "invalid amount"),
                (["paymentPointerId": .string(unknown)], "404", "unknown payment pointer"),
                (["paymentPointerId": "no id"], "404", "unknown payment pointer"),
                (
                    ["expiresAt": "2001-01-01T00:00:00Z", "incomingAmount": pointer.amount(0)],
                    "400", "invalid expiresAt"
                ),
                (
                    ["incomingAmount": pointer.amount(0), "paymentPointerId": .string(unknown)],
                    "400", "invalid amount"
                ),
                (
                    ["incomingAmount": wrongScale.amount(1), "paymentPointerId": "no id"],
                    "404", "unknown payment pointer"
                ),
            ]
            for (change, code, message) in cases {
                guard case .object(let members) = change else { continue }
                let input = members.merging(["paymentPointerId": .string(pointer.id)]) { given, _ in
                    given
                }
                let answer = try await tester.createIncomingPayment(
                    .object(input), as: tenant.credentials)
                #expect(answer.code == .string(code), "\(change)")
                #expect(answer.message == .string(message), "\(change)")
                #expect(answer.success == .bool(false))
                #expect(answer.payment.isNull)
            }
            let long = JSON.string(String(repeating: "x", count: 256))
            for name in ["description", "externalRef"] {
                let answer = try await tester.createIncomingPayment(
                    ["paymentPointerId": .string(pointer.id), name: long], as: tenant.credentials)
                #expect(answer.code == "400")
            }
            let list = try await page(tester, pointer.id, "", as: tenant.credentials)
            #expect(list.edges.items.isEmpty)
        }
    }

    @Test func `a payment is completed or cancelled once`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let pointer = try await tester.makePointer(as: tenant.credentials)
            for (mutation, state) in [
                ("completeIncomingPayment", "COMPLETED"), ("cancelIncomingPayment", "EXPIRED"),
            ] {
                let receiver = try await tester.makeReceiver(pointer, as: tenant.credentials)
                let id = String(receiver.suffix(36))
                func end() async throws -> JSON {
                    try await tester.send(
                        """
                        mutation($id: String!) {
                          answer: \(mutation)(id: $id) { code message payment { state } }
                        }
                        """, ["id": .string(id)], as: tenant.credentials
                    ).data.answer
                }
                let first = try await end()
                #expect(first.code == "200")
                #expect(first.payment.state == .string(state))
                let second = try await end()
                #expect(second.code == "409")
                #expect(second.message == "wrong state")
                #expect(try await tester.events(of: id, as: tenant).isEmpty)
            }
        }
    }

    @Test func `a payment without money expires silently, one with money tells of it`() async throws
    {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(as: tenant.credentials)
            let bob = try await tester.makePointer(as: tenant.credentials)
            let empty = try await tester.makeReceiver(bob, as: tenant.credentials)
            let paid = try await tester.makeReceiver(bob, as: tenant.credentials)
            let payment = try await tester.makePayment(
                from: alice, to: paid, sending: 70, as: tenant.credentials)
            try await tester.fund(payment, as: tenant)
            _ = try await tester.payment(payment, as: tenant.credentials)
            #expect(
                try await tester.incomingPayment(paid, as: tenant.credentials).state
                    == "PROCESSING")
            try await tester.makeDue("incoming_payments", tenant)
            try await tester.withWorkers {
                for receiver in [empty, paid] {
                    try await tester.eventually {
                        try await tester.incomingPayment(receiver, as: tenant.credentials).state
                            == "EXPIRED"
                    }
                }
            }
            #expect(try await tester.events(of: String(empty.suffix(36)), as: tenant).isEmpty)
            let events = try await tester.events(of: String(paid.suffix(36)), as: tenant)
            #expect(events.map(\.type) == ["incoming_payment.expired"])
            #expect(events.first?.withdrawal == 70)
            let data = try #require(events.first?.data.incomingPayment)
            #expect(data.completed == .bool(false))
            #expect(data.receivedAmount.value == "70")
            #expect(!data.has("incomingAmount"))
            #expect(!data.has("description"))
            #expect(!data.has("state"))
            let late = try await tester.createQuote(
                [
                    "paymentPointerId": .string(alice.id), "receiver": .string(paid),
                    "sendAmount": alice.amount(1),
                ], as: tenant.credentials)
            #expect(late.message == "invalid receiver")
        }
    }

    @Test func `a payment pointer's payments are paged in order of creation`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let pointer = try await tester.makePointer(as: tenant.credentials)
            let other = try await tester.makePointer(as: tenant.credentials)
            var ids: [String] = []
            for number in 0..<5 {
                _ = try await tester.makeReceiver(other, as: tenant.credentials)
                let receiver = try await tester.makeReceiver(
                    pointer, UInt64(number + 1), as: tenant.credentials)
                ids.append(String(receiver.suffix(36)))
            }
            let first = try await page(tester, pointer.id, "first: 2", as: tenant.credentials)
            #expect(first.edges.items.map(\.cursor.text) == Array(ids[0...1]))
            #expect(first.pageInfo.hasNextPage == .bool(true))
            #expect(first.pageInfo.hasPreviousPage == .bool(false))
            let next = try await page(
                tester, pointer.id, "first: 2, after: \"\(ids[1])\"", as: tenant.credentials)
            #expect(next.edges.items.map(\.cursor.text) == Array(ids[2...3]))
            #expect(next.pageInfo.hasPreviousPage == .bool(true))
            let back = try await page(
                tester, pointer.id, "last: 3, before: \"\(ids[4])\"", as: tenant.credentials)
            #expect(back.edges.items.map(\.cursor.text) == Array(ids[1...3]))
            #expect(back.pageInfo.hasPreviousPage == .bool(true))
            #expect(back.pageInfo.hasNextPage == .bool(true))
            let beyond = try await page(
                tester, pointer.id, "after: \"\(UUID())\"", as: tenant.credentials)
            #expect(beyond.edges.items.isEmpty)
            let all = try await tester.send(
                """
                query($id: String!) {
                  incomingPayments(filter: {paymentPointerId: $id}, order: NEWEST_FIRST, first: 3) {
                    edges { cursor }
                  }
                }
                """, ["id": .string(pointer.id)], as: tenant.credentials
            ).data.incomingPayments
            #expect(all.edges.items.map(\.cursor.text) == ids.reversed().prefix(3).map { $0 })
        }
    }

    @Test func `a session sees and makes its own payment pointer's payments alone`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let own = try await tester.makePointer(as: tenant.credentials)
            let other = try await tester.makePointer(as: tenant.credentials)
            let session = Credentials.session(
                try await tester.makeSession(own.id, as: tenant.credentials))
            let made = try await tester.createIncomingPayment(
                ["paymentPointerId": .string(own.id)], as: session)
            #expect(made.code == "200")
            let refused = try await tester.createIncomingPayment(
                ["paymentPointerId": .string(other.id)], as: session)
            #expect(refused.message == "unknown payment pointer")
            let foreign = try await tester.makeReceiver(other, as: tenant.credentials)
            let response = try await tester.send(
                "query($id: String!) { incomingPayment(id: $id) { id } }",
                ["id": .string(String(foreign.suffix(36)))], as: session)
            #expect(response.errors[0].message == "payment does not exist")
            let cancel = try await tester.send(
                "mutation($id: String!) { cancelIncomingPayment(id: $id) { code message } }",
                ["id": .string(String(foreign.suffix(36)))], as: session)
            #expect(cancel.data.cancelIncomingPayment.message == "unknown payment")
        }
    }

    private func page(
        _ tester: GraphQLTester, _ pointer: String, _ arguments: String,
        as credentials: Credentials
    ) async throws -> JSON {
        let arguments = arguments.isEmpty ? "" : "(\(arguments))"
        return try await tester.send(
            """
            query($id: String!) {
              paymentPointer(id: $id) {
                incomingPayments\(arguments) {
                  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
                  edges { cursor node { id state } }
                }
              }
            }
            """, ["id": .string(pointer)], as: credentials
        ).data.paymentPointer.incomingPayments
    }
}
