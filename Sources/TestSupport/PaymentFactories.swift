package import App
import Foundation
import Postgres

/// Payments made through the API.
extension GraphQLTester {
    /// A payment pointer with its URL.
    package struct TestPointer: Sendable {
        package let id: String
        package let url: String
        package let code: String
        package let scale: Int

        package init(id: String, url: String, code: String, scale: Int) {
            self.id = id
            self.url = url
            self.code = code
            self.scale = scale
        }

        package func amount(_ value: UInt64) -> JSON {
            [
                "value": .string("\(value)"), "assetCode": .string(code),
                "assetScale": .number(Double(scale)),
            ]
        }
    }

    package func makePointer(
        code: String = "USD", scale: Int = 2, as credentials: Credentials
    ) async throws -> TestPointer {
        let url = "https://wallet.example/\(UUID().uuidString.lowercased())"
        let id = try await makePaymentPointer(url, code: code, scale: scale, as: credentials)
        return TestPointer(id: id, url: url, code: code, scale: scale)
    }

    /// The asset's id of a payment pointer.
    package func asset(
        of pointer: TestPointer, as credentials: Credentials
    ) async throws -> String {
        try await send(
            "query($id: String!) { paymentPointer(id: $id) { asset { id } } }",
            ["id": .string(pointer.id)], as: credentials
        ).data.paymentPointer.asset.id.required()
    }

    /// - Returns: the whole answer of createIncomingPayment.
    package func createIncomingPayment(
        _ input: JSON, as credentials: Credentials
    ) async throws -> JSON {
        try await send(
            """
            mutation($input: CreateIncomingPaymentInput!) {
              createIncomingPayment(input: $input) {
                code success message payment {
                  id paymentPointerId state expiresAt description externalRef createdAt
                  incomingAmount { value assetCode assetScale }
                  receivedAmount { value assetCode assetScale } metadata { name value }
                }
              }
            }
            """, ["input": input], as: credentials
        ).data.createIncomingPayment
    }

    /// - Returns: the receiver's URL.
    package func makeReceiver(
        _ pointer: TestPointer, _ amount: UInt64? = nil, as credentials: Credentials
    ) async throws -> String {
        let answer = try await createIncomingPayment(
            [
                "paymentPointerId": .string(pointer.id),
                "incomingAmount": amount.map { pointer.amount($0) } ?? .null,
            ], as: credentials)
        return try pointer.url + "/incoming-payments/" + answer.payment.id.required()
    }

    /// - Returns: the whole answer of createQuote.
    package func createQuote(_ input: JSON, as credentials: Credentials) async throws -> JSON {
        try await send(
            """
            mutation($input: CreateQuoteInput!) {
              createQuote(input: $input) {
                code success message quote {
                  id paymentPointerId receiver createdAt expiresAt maxPacketAmount
                  minExchangeRate lowEstimatedExchangeRate highEstimatedExchangeRate
                  sendAmount { value assetCode assetScale }
                  receiveAmount { value assetCode assetScale } fee { value assetCode assetScale }
                }
              }
            }
            """, ["input": input], as: credentials
        ).data.createQuote
    }

    /// - Returns: the whole answer of createOutgoingPayment.
    package func createOutgoingPayment(
        _ input: JSON, as credentials: Credentials
    ) async throws -> JSON {
        try await send(
            """
            mutation($input: CreateOutgoingPaymentInput!) {
              createOutgoingPayment(input: $input) {
                code success message payment {
                  id paymentPointerId state error stateAttempts receiver description externalRef
                  sendAmount { value } receiveAmount { value } sentAmount { value assetCode }
                  quote { id } metadata { name value } createdAt
                }
              }
            }
            """, ["input": input], as: credentials
        ).data.createOutgoingPayment
    }

    /// A payment that waits for its money. - Returns: its id.
    package func makePayment(
        from pointer: TestPointer, to receiver: String, sending amount: UInt64? = nil,
        receiving received: JSON? = nil, as credentials: Credentials
    ) async throws -> String {
        let quote = try await createQuote(
            [
                "paymentPointerId": .string(pointer.id), "receiver": .string(receiver),
                "sendAmount": amount.map { pointer.amount($0) } ?? .null,
                "receiveAmount": received ?? .null,
            ], as: credentials)
        let answer = try await createOutgoingPayment(
            [
                "paymentPointerId": .string(pointer.id),
                "quoteId": .string(try quote.quote.id.required()),
            ], as: credentials)
        return try answer.payment.id.required()
    }

    /// What a tenant was told of a payment or payment pointer, in order, read from the outbox.
    package func events(
        of subject: String, as tenant: TestTenant
    ) async throws -> [TestEvent] {
        let rows = try await pool.transaction(
            settings: [.init(name: "app.tenant_id", value: tenant.id)]
        ) { transaction in
            try await transaction.query(
                """
                select id, type, data, withdrawal_amount from hazina.webhook_events
                where tenant_id = \(UUID(uuidString: tenant.id))
                    and subject_id = \(UUID(uuidString: subject)) order by id
                """)
        }
        return try rows.map { row in
            TestEvent(
                id: try row.decode("id", as: UUID.self).uuidString.lowercased(),
                type: try row.decode("type"),
                data: try JSON(bytes: Array(try row.decode("data", as: String.self).utf8)),
                withdrawal: try row.decode("withdrawal_amount"))
        }
    }

    package struct TestEvent: Sendable {
        package let id: String
        package let type: String
        package let data: JSON
        package let withdrawal: UInt64?
    }

    /// - Returns: the whole answer of depositEventLiquidity.
    package func depositEvent(_ id: String, as credentials: Credentials) async throws -> JSON {
        try await send(
            """
            mutation($id: String!) {
              depositEventLiquidity(eventId: $id) { code success message error }
            }
            """, ["id": .string(id)], as: credentials
        ).data.depositEventLiquidity
    }

    /// - Returns: the whole answer of withdrawEventLiquidity.
    package func withdrawEvent(_ id: String, as credentials: Credentials) async throws -> JSON {
        try await send(
            """
            mutation($id: String!) {
              withdrawEventLiquidity(eventId: $id) { code success message error }
            }
            """, ["id": .string(id)], as: credentials
        ).data.withdrawEventLiquidity
    }

    /// Gives a payment its money. - Returns: the answer.
    @discardableResult
    package func fund(_ payment: String, as tenant: TestTenant) async throws -> JSON {
        guard let event = try await events(of: payment, as: tenant).first else {
            throw Unexpected(description: "no event of \(payment)")
        }
        return try await depositEvent(event.id, as: tenant.credentials)
    }

    /// The payment, once it is in one of these states.
    package func payment(
        _ id: String, in states: Set<String> = ["COMPLETED", "FAILED"],
        as credentials: Credentials
    ) async throws -> JSON {
        for _ in 0..<500 {
            let payment = try await send(
                """
                query($id: String!) {
                  outgoingPayment(id: $id) {
                    id state error stateAttempts sentAmount { value assetCode assetScale }
                    sendAmount { value } receiveAmount { value } receiver
                  }
                }
                """, ["id": .string(id)], as: credentials
            ).data.outgoingPayment
            if let state = payment.state.text, states.contains(state) { return payment }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Unexpected(description: "the payment \(id) does not come to an end")
    }

    package func incomingPayment(
        _ receiver: String, as credentials: Credentials
    ) async throws -> JSON {
        try await send(
            """
            query($id: String!) {
              incomingPayment(id: $id) { id state receivedAmount { value } incomingAmount { value } }
            }
            """, ["id": .string(String(receiver.suffix(36)))], as: credentials
        ).data.incomingPayment
    }
}

extension GraphQLTester {
    /// Lets the time of all the tenant's payments of a table pass; needs the owner's rights.
    package func makeDue(_ table: String, _ tenant: TestTenant) async throws {
        try await database.administer(
            """
            update hazina.\(table) set \(table == "incoming_payments" ? "expires_at" : "created_at")
                = now() - interval '2 days' where tenant_id = '\(tenant.id)';
            update hazina.work set due_at = now() - interval '1 second'
            where tenant_id = '\(tenant.id)';
            """)
    }

    /// Waits until `condition` holds.
    package func eventually(
        within duration: Duration = .seconds(10), _ condition: () async throws -> Bool
    ) async throws {
        let end = ContinuousClock.now + duration
        while ContinuousClock.now < end {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Unexpected(description: "it does not come about within \(duration)")
    }
}
