import App
import TestSupport
import Testing

/// Whole payments within a tenant.
@Suite struct PaymentFlowTests {
    @Test func `money that was quoted and funded arrives, and can be withdrawn`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let alice = try await tester.makePointer(as: tenant.credentials)
            let bob = try await tester.makePointer(as: tenant.credentials)
            let receiver = try await tester.makeReceiver(bob, 1000, as: tenant.credentials)
            let id = try await tester.makePayment(
                from: alice, to: receiver, as: tenant.credentials)

            #expect(try await tester.fund(id, as: tenant).code == "200")
            let payment = try await tester.payment(id, as: tenant.credentials)
            #expect(payment.state == "COMPLETED")
            #expect(payment.sentAmount.value == "1000")
            let incoming = try await tester.incomingPayment(receiver, as: tenant.credentials)
            #expect(incoming.state == "COMPLETED")
            #expect(incoming.receivedAmount.value == "1000")

            let outgoing = try await tester.events(of: id, as: tenant)
            #expect(
                outgoing.map(\.type) == ["outgoing_payment.created", "outgoing_payment.completed"])
            #expect(outgoing.map(\.withdrawal) == [nil, nil])
            let arrived = try await tester.events(
                of: String(receiver.suffix(36)), as: tenant)
            #expect(arrived.map(\.type) == ["incoming_payment.completed"])
            #expect(arrived.first?.withdrawal == 1000)
            let event = try #require(arrived.first)
            #expect(try await tester.withdrawEvent(event.id, as: tenant.credentials).code == "200")
            let again = try await tester.withdrawEvent(event.id, as: tenant.credentials)
            #expect(again.error == "TransferExists")
            #expect(try await tester.audit(tenant).isEmpty)
        }
    }
}
