import App
import Foundation
import TestSupport
import Testing

/// The operator's service that has the last word on quotes.
@Suite struct QuoteCallbackTests {
    private static let secret = "a secret for quotes"

    /// Two payment pointers, and the service that is asked when one pays the other.
    private struct Fixture: Sendable {
        let tester: GraphQLTester
        let service: TestReceiver
        let tenant: GraphQLTester.TestTenant
        let alice: GraphQLTester.TestPointer
        let bob: GraphQLTester.TestPointer

        func quote(_ input: JSON, receiving limit: UInt64? = nil) async throws -> JSON {
            guard case .object(let members) = input else { return .null }
            let receiver = try await tester.makeReceiver(bob, limit, as: tenant.credentials)
            let given: [String: JSON] = [
                "paymentPointerId": .string(alice.id), "receiver": .string(receiver),
            ]
            return try await tester.createQuote(
                .object(members.merging(given) { wanted, _ in wanted }), as: tenant.credentials)
        }

        func quotes() async throws -> Int {
            try await tester.send(
                "query($id: String!) { paymentPointer(id: $id) { quotes { edges { cursor } } } }",
                ["id": .string(alice.id)], as: tenant.credentials
            ).data.paymentPointer.quotes.edges.items.count
        }
    }

    /// - Parameter code: the currency of what arrives; what is sent is in USD.
    private func withService(
        code: String = "USD", timeout: Duration = .seconds(20), url: String? = nil,
        _ answer: @escaping @Sendable (TestReceiver.Request) -> TestReceiver.Answer,
        _ body: (Fixture) async throws -> Void
    ) async throws {
        try await TestReceiver.with(answer) { service in
            try await GraphQLTester.with(
                configure: { configuration in
                    QuoteTests.withPrices(&configuration)
                    configuration.payments.quoteURL = url ?? service.url
                    configuration.payments.quoteSecret = Self.secret
                    configuration.payments.quoteTimeout = timeout
                }
            ) { tester in
                let tenant = try await tester.makeTenant()
                try await body(
                    Fixture(
                        tester: tester, service: service, tenant: tenant,
                        alice: try await tester.makePointer(as: tenant.credentials),
                        bob: try await tester.makePointer(code: code, as: tenant.credentials)))
            }
        }
    }

    /// What the service answers: the proposal with other values, as text or as numbers.
    private static func amounts(
        _ send: JSON, _ receive: JSON, status: Int = 201
    ) -> TestReceiver.Answer {
        let body = JSON.object([
            "sendAmount": ["value": send], "receiveAmount": ["value": receive], "more": [1],
        ])
        let bytes = (try? body.bytes) ?? []
        return TestReceiver.Answer(status, body: String(decoding: bytes, as: UTF8.self))
    }

    private static func unchanged(_ request: TestReceiver.Request) -> TestReceiver.Answer {
        TestReceiver.Answer(201, body: request.body)
    }

    @Test func `it is asked with the whole proposal, signed`() async throws {
        try await withService(code: "EUR", Self.unchanged) { fixture in
            let sent = try await fixture.quote(["sendAmount": fixture.alice.amount(1000)])
            let received = try await fixture.quote(["receiveAmount": fixture.bob.amount(800)])
            #expect(fixture.service.requests.count == 2)
            for (number, quote) in [sent.quote, received.quote].enumerated() {
                let request = fixture.service.requests[number]
                #expect(request.method == "POST")
                #expect(request.path == "/events")
                #expect(request.headers["content-type"] == "application/json")
                #expect(request.headers["hazina-tenant-id"] == fixture.tenant.id)
                for name in ["rafiki-signature", "hazina-signature"] {
                    #expect(
                        WebhookSignature.fault(
                            in: request.headers[name] ?? "", body: request.body,
                            secret: Self.secret, now: Int(Date().timeIntervalSince1970)) == nil)
                }
                let proposal = try JSON(bytes: Array(request.body.utf8))
                #expect(proposal.sendAmount == fixture.alice.amount(1000))
                #expect(proposal.receiveAmount == fixture.bob.amount(800))
                #expect(proposal.paymentType == (number == 0 ? "FixedSend" : "FixedDelivery"))
                #expect(proposal.paymentPointerId == .string(fixture.alice.id))
                for name in ["id", "receiver", "createdAt", "expiresAt"] {
                    #expect(proposal[name] == quote[name], "\(name)")
                }
                let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
                let made = try Date(proposal.createdAt.required(), strategy: style)
                let expires = try Date(proposal.expiresAt.required(), strategy: style)
                #expect(expires.timeIntervalSince(made).rounded() == 300)
            }
        }
    }

    /// What the service answers to a fixed send or delivery of 1000 that costs as much.
    private struct Case {
        let isFixedSend: Bool
        let send: JSON
        let receive: JSON

        init(_ isFixedSend: Bool, _ send: JSON, _ receive: JSON) {
            self.isFixedSend = isFixedSend
            self.send = send
            self.receive = receive
        }

        func quote(_ fixture: Fixture) async throws -> JSON {
            fixture.service.answer { [send, receive] _ in QuoteCallbackTests.amounts(send, receive)
            }
            return try await fixture.quote(
                isFixedSend
                    ? ["sendAmount": fixture.alice.amount(1000)]
                    : ["receiveAmount": fixture.bob.amount(1000)])
        }
    }

    @Test func `its amounts stand where they are within the rules`() async throws {
        try await withService(Self.unchanged) { fixture in
            let cases = [
                // A fixed send may deliver less.
                Case(true, "1000", "1000"), Case(true, "1000", "1"), Case(true, 1000, 990),
                // A fixed delivery may cost more.
                Case(false, "1000", "1000"), Case(false, "1001", "1000"), Case(false, 5000, 1000),
            ]
            for allowed in cases {
                let answer = try await allowed.quote(fixture)
                #expect(answer.code == "200", "\(allowed)")
                let text = { (value: JSON) in value.text ?? "\(value.number ?? 0)" }
                #expect(answer.quote.sendAmount.value == .string(text(allowed.send)))
                #expect(answer.quote.receiveAmount.value == .string(text(allowed.receive)))
                #expect(answer.quote.minExchangeRate == .number(1))
            }
            #expect(try await fixture.quotes() == cases.count)
        }
    }

    @Test func `amounts that break the rules are refused, and nothing is kept`() async throws {
        try await withService(Self.unchanged) { fixture in
            let huge: JSON = "18446744073709551616"
            let cases = [
                Case(true, "999", "1000"), Case(true, "1001", "1000"), Case(true, "1000", "1001"),
                Case(true, "1000", "0"), Case(true, "1000", ""), Case(true, "1000", nil),
                Case(true, nil, "1000"), Case(true, "1000", "9.5"),
                Case(true, "1000", .number(9.5)), Case(true, "1000", "-1"), Case(true, "1000", -1),
                Case(true, "1000", "ten"), Case(true, "1000", true), Case(true, "1000", huge),
                Case(false, "999", "1000"), Case(false, "1000", "999"),
                Case(false, "1000", "1001"), Case(false, "0", "1000"), Case(false, "", "1000"),
                Case(false, huge, "1000"),
            ]
            for broken in cases {
                let answer = try await broken.quote(fixture)
                #expect(answer.code == "400", "\(broken)")
                #expect(answer.message == "invalid amount", "\(broken)")
                #expect(answer.quote.isNull)
            }
            #expect(try await fixture.quotes() == 0)
        }
    }

    @Test func `an answer of another form or asset is refused`() async throws {
        try await withService(Self.unchanged) { fixture in
            for body in [
                "", "no JSON", "[]", "null", "{}",
                #"{"sendAmount": "1000", "receiveAmount": "1000"}"#,
                #"{"sendAmount": {"value": 9, "assetCode": "A"}, "receiveAmount": {"value": 1}}"#,
                #"{"sendAmount": {"value": 9, "assetScale": 3}, "receiveAmount": {"value": 1}}"#,
            ] {
                fixture.service.answer { _ in TestReceiver.Answer(201, body: body) }
                let answer = try await fixture.quote(["sendAmount": fixture.alice.amount(1000)])
                #expect(answer.code == "400", "\(body)")
                #expect(answer.message == "invalid amount", "\(body)")
            }
            #expect(try await fixture.quotes() == 0)
        }
    }

    @Test func `a fixed send that the receiver cannot take whole has to be lowered`() async throws {
        try await withService(Self.unchanged) { fixture in
            let input: JSON = ["sendAmount": fixture.alice.amount(1000)]
            let whole = try await fixture.quote(input, receiving: 600)
            #expect(whole.code == "400")
            #expect(whole.message == "invalid amount")
            fixture.service.answer { _ in Self.amounts("1000", "600") }
            let lowered = try await fixture.quote(input, receiving: 600)
            #expect(lowered.quote.receiveAmount.value == "600")
        }
    }

    @Test func `a status of 4xx is a refusal`() async throws {
        try await withService(Self.unchanged) { fixture in
            for status in [400, 403, 404, 422] {
                fixture.service.answer { _ in Self.amounts("1000", "1000", status: status) }
                let answer = try await fixture.quote(["sendAmount": fixture.alice.amount(1000)])
                #expect(answer.code == "403", "\(status)")
                #expect(
                    answer.message == "the quote was refused by the operator's quote service")
            }
            #expect(try await fixture.quotes() == 0)
        }
    }

    private func expectNoQuote(_ fixture: Fixture) async throws {
        let answer = try await fixture.quote(["sendAmount": fixture.alice.amount(1000)])
        #expect(answer.code == "500")
        #expect(answer.message == "Error trying to create quote (request id test-request)")
        #expect(answer.quote.isNull)
        #expect(try await fixture.quotes() == 0)
    }

    @Test func `any status that is neither 201 nor a refusal is no quote`() async throws {
        try await withService(Self.unchanged) { fixture in
            for status in [200, 202, 204, 302, 500, 503] {
                fixture.service.answer { _ in Self.amounts("1000", "1000", status: status) }
                try await expectNoQuote(fixture)
            }
        }
    }

    @Test func `a service that is too slow is no quote`() async throws {
        try await withService(timeout: .milliseconds(200)) { _ in
            TestReceiver.Answer(201, body: "{}", after: .seconds(3))
        } _: { fixture in
            try await expectNoQuote(fixture)
        }
    }

    @Test func `a service that answers too much, or is away, is no quote`() async throws {
        try await withService { _ in
            TestReceiver.Answer(201, body: String(repeating: " ", count: 70_000) + "{}")
        } _: { fixture in
            try await expectNoQuote(fixture)
        }
        try await withService(url: "http://127.0.0.1:1/quotes", Self.unchanged) { fixture in
            try await expectNoQuote(fixture)
        }
    }

    @Test func `what a payment sends beyond the rate stays with the asset, and nothing is lost`()
        async throws
    {
        try await withService { request in
            let isFixedSend = request.body.contains("FixedSend")
            return isFixedSend ? Self.amounts("1000", "970") : Self.amounts("1050", "1000")
        } _: { fixture in
            let (tester, tenant) = (fixture.tester, fixture.tenant)
            try await tester.withWorkers {
                for input: JSON in [
                    ["sendAmount": fixture.alice.amount(1000)],
                    ["receiveAmount": fixture.bob.amount(1000)],
                ] {
                    let quote = try await fixture.quote(input).quote
                    let made = try await tester.createOutgoingPayment(
                        ["paymentPointerId": .string(fixture.alice.id), "quoteId": quote.id],
                        as: tenant.credentials)
                    let id = try made.payment.id.required()
                    try await tester.fund(id, as: tenant)
                    let payment = try await tester.payment(id, as: tenant.credentials)
                    #expect(payment.state == "COMPLETED")
                    #expect(payment.sentAmount.value == quote.sendAmount.value)
                    let received = try await tester.incomingPayment(
                        try quote.receiver.required(), as: tenant.credentials)
                    #expect(received.receivedAmount.value == quote.receiveAmount.value)
                }
            }
            let asset = try await tester.send(
                "query($id: String!) { paymentPointer(id: $id) { asset { liquidity } } }",
                ["id": .string(fixture.alice.id)], as: tenant.credentials
            ).data.paymentPointer.asset
            #expect(asset.liquidity == "80")
            #expect(try await tester.audit(tenant).isEmpty)
        }
    }
}
