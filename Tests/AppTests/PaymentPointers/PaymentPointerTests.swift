import App
import Foundation
import TestSupport
import Testing

@Suite struct PaymentPointerTests {
    private static let create = """
        mutation($input: CreatePaymentPointerInput!) {
          createPaymentPointer(input: $input) {
            code success message
            paymentPointer { id url publicName createdAt asset { id code scale } }
          }
        }
        """

    private func input(_ url: String, code: String = "USD", name: JSON = nil) -> [String: JSON] {
        [
            "input": [
                "url": .string(url), "asset": ["code": .string(code), "scale": 2],
                "publicName": name,
            ]
        ]
    }

    @Test func `a payment pointer is made with its asset if it is missing`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let first = try await tester.send(
                Self.create, input("https://wallet.example/alice", name: "Alice"),
                as: tenant.credentials
            ).data.createPaymentPointer
            #expect(first.code == "200")
            #expect(first.message == "Created payment pointer")
            #expect(first.paymentPointer.url == "https://wallet.example/alice")
            #expect(first.paymentPointer.publicName == "Alice")
            #expect(first.paymentPointer.asset.code == "USD")
            let second = try await tester.mutate(
                Self.create, input("https://wallet.example/bob"), as: tenant.credentials)
            #expect(second.paymentPointer.asset.id == first.paymentPointer.asset.id)
            let read = try await tester.send(
                """
                query($id: String!) {
                  paymentPointer(id: $id) {
                    id url publicName createdAt asset { id code scale }
                  }
                }
                """,
                ["id": first.paymentPointer.id], as: tenant.credentials)
            #expect(read.data.paymentPointer == first.paymentPointer)
        }
    }

    @Test(arguments: [
        "https://wallet.example/alice", "https://WALLET.example/alice",
        "https://wallet.example/alice/",
        "https://wallet.example:443/alice", "HTTPS://wallet.example/x/../alice",
        "https://wallet.example/alice#me", "https://@wallet.example/alice",
        "https://:@wallet.example/alice",
    ])
    func `a url is taken once, over all tenants and however it is written`(
        _ url: String
    ) async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let other = try await tester.makeTenant()
            _ = try await tester.mutate(
                Self.create, input("https://wallet.example/alice"), as: tenant.credentials)
            for caller in [tenant, other] {
                let answer = try await tester.send(
                    Self.create, input(url, code: "NEW"), as: caller.credentials
                ).data.createPaymentPointer
                #expect(answer.code == "409")
                #expect(answer.message == "Payment pointer already exists")
            }
            let assets = try await tester.send(
                "{ assets { edges { node { code } } } }", as: other.credentials)
            #expect(assets.data.assets.edges == [], "the asset went with the payment pointer")
        }
    }

    @Test func `a host in letters beyond ASCII is the same as its encoded form`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            _ = try await tester.mutate(
                Self.create, input("https://xn--bcher-kva.example/a"), as: tenant.credentials)
            let answer = try await tester.send(
                Self.create, input("https://BÜCHER.example/a"), as: tenant.credentials
            ).data.createPaymentPointer
            #expect(answer.code == "409")
        }
    }

    @Test(arguments: [
        "", "http://wallet.example/alice", "https://wallet.example", "https://wallet.example/",
        "https://wallet.example/alice/incoming-payments", "https://wallet.example/quotes/1",
        "https://wallet.example/outgoing-payments", "wallet.example/alice", "$wallet.example/alice",
        "https:///alice", "https://wallet.example/a b", "https://wallet.example/../",
        "ftp://wallet.example/alice", "https://", "https://wallet.example/%2e%2e",
        "https://w%61llet.example/alice", "https://wallet%2Eexample/alice",
        "https://wallet.example/a\u{0}",
        "https://wallet.example/" + String(repeating: "a", count: 3000),
    ])
    func `a url that cannot be a payment pointer is refused`(_ url: String) async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let answer = try await tester.send(
                Self.create, input(url), as: tenant.credentials
            ).data.createPaymentPointer
            #expect(answer.code == "400")
            #expect(answer.message == "invalid url")
            #expect(answer.paymentPointer.isNull)
        }
    }

    @Test(arguments: [
        "https://wallet.example/alice?x=1", "https://wallet.example:8443/alice",
        "https://user:secret@wallet.example/alice", "https://wallet.example/a/b/c",
        "https://127.0.0.1/alice", "https://[::1]/alice", "https://wallet.example//alice",
        "https://xn--bcher-kva.example/alice", "https://bücher.example/alice",
    ])
    func `query, port, user and deeper paths are accepted`(_ url: String) async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let answer = try await tester.mutate(
                Self.create, input(url), as: tenant.credentials)
            #expect(answer.paymentPointer.url.text == url)
        }
    }

    @Test func `an unknown payment pointer and another tenant's look the same`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let other = try await tester.makeTenant()
            let foreign = try await tester.makePaymentPointer(as: other.credentials)
            for id in [foreign, UUID().uuidString, "no uuid"] {
                let answer = try await tester.send(
                    "query($id: String!) { paymentPointer(id: $id) { id } }",
                    ["id": .string(id)], as: tenant.credentials)
                #expect(answer.data.paymentPointer.isNull)
                #expect(answer.errors[0].message == "No payment pointer")
            }
        }
    }

    @Test func `racing for one asset makes it once`() async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            let assets = try await withThrowingTaskGroup(of: JSON.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try await tester.mutate(
                            Self.create, self.input("https://race.example/\(number)"),
                            as: tenant.credentials
                        ).paymentPointer.asset.id
                    }
                }
                return try await group.reduce(into: Set<JSON>()) { $0.insert($1) }
            }
            #expect(assets.count == 1)
        }
    }
}
