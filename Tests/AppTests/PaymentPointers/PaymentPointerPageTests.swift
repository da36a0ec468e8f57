import App
import Foundation
import TestSupport
import Testing

@Suite struct PaymentPointerPageTests {
    private static let pointers: [(url: String, code: String, scale: Int, isActive: Bool)] = [
        ("https://wallet.example/b", "USD", 2, true),
        ("https://wallet.example/a/x", "EUR", 2, false),
        ("https://WALLET.example/a", "USD", 2, true),
        ("https://wallet.example/a-b", "USD", 9, true),
        ("https://other.example/a", "EUR", 2, true),
        ("https://wallet.example/A", "JPY", 0, false),
    ]

    private func withPointers(
        _ body: (GraphQLTester, Credentials, [String]) async throws -> Void
    ) async throws {
        try await GraphQLTester.with { tester in
            let caller = try await tester.makeTenant().credentials
            var ids: [String] = []
            for pointer in Self.pointers {
                let id = try await tester.makePaymentPointer(
                    pointer.url, code: pointer.code, scale: pointer.scale, as: caller)
                if !pointer.isActive {
                    _ = try await tester.mutate(
                        """
                        mutation($id: String!) {
                          updatePaymentPointer(input: {id: $id, isActive: false}) { code }
                        }
                        """, ["id": .string(id)], as: caller)
                }
                ids.append(id)
            }
            let stranger = try await tester.makeTenant().credentials
            _ = try await tester.makePaymentPointer(
                "https://wallet.example/stranger", as: stranger)
            try await body(tester, caller, ids)
        }
    }

    @Test func `lists are filtered and sorted, and paged either way`() async throws {
        let byURL = [4, 5, 2, 3, 1, 0]
        let cases: [([String: JSON], (Int) -> Bool)] = [
            ([:], { _ in true }),
            (["assetCode": "USD"], { Self.pointers[$0].code == "USD" }),
            (["assetCode": "USD", "assetScale": 2], { [0, 2].contains($0) }),
            (["assetScale": 2], { Self.pointers[$0].scale == 2 }),
            (["isActive": true], { Self.pointers[$0].isActive }),
            (["isActive": false], { !Self.pointers[$0].isActive }),
            (["urlPrefix": "HTTPS://Wallet.Example/a"], { [1, 2, 3].contains($0) }),
            (["urlPrefix": "https://O"], { $0 == 4 }),
            (
                ["urlPrefix": "https://wallet.example/a", "isActive": true],
                { [2, 3].contains($0) }
            ),
            (["urlPrefix": "https://wallet.example/a", "assetCode": "EUR"], { $0 == 1 }),
            (["assetCode": "GBP"], { _ in false }),
            (["urlPrefix": "http:"], { _ in false }),
        ]
        try await withPointers { tester, caller, ids in
            for (filter, isIn) in cases {
                for (order, list) in [
                    ([:], Array(ids.indices)),
                    (["direction": "DESC"], ids.indices.reversed()),
                    (["field": "URL"], byURL),
                    (["field": "URL", "direction": "DESC"], byURL.reversed()),
                ] as [([String: JSON], [Int])] {
                    let expected = list.filter(isIn).map { ids[$0] }
                    try await ListTester(
                        tester: tester, field: "paymentPointers",
                        filter: ("PaymentPointerFilter", .object(filter)),
                        order: ("PaymentPointerOrder", .object(order)), node: "id",
                        caller: caller
                    ).expect(expected) { $0.id.text ?? "" }
                }
            }
        }
    }

    @Test func `one is found by any spelling of its URL, within the tenant`() async throws {
        try await withPointers { tester, caller, ids in
            func find(_ url: String, as credentials: Credentials) async throws -> JSON {
                try await tester.send(
                    "query($url: String!) { paymentPointerByUrl(url: $url) { id url } }",
                    ["url": .string(url)], as: credentials)
            }
            for url in ["https://wallet.example/a", "https://Wallet.example:443/a/"] {
                let found = try await find(url, as: caller).data.paymentPointerByUrl
                #expect(found.id == .string(ids[2]))
                #expect(found.url == "https://WALLET.example/a")
            }
            let session = Credentials.session(try await tester.makeSession(ids[2], as: caller))
            #expect(
                try await find("https://wallet.example/a", as: session).data.paymentPointerByUrl.id
                    == .string(ids[2]))
            let unknown = [
                ("https://wallet.example/b", session), ("https://wallet.example/stranger", caller),
                ("https://wallet.example/none", caller), ("no url", caller),
            ]
            for (url, credentials) in unknown {
                let answer = try await find(url, as: credentials)
                #expect(answer.data.paymentPointerByUrl.isNull, "\(url)")
                #expect(answer.errors[0].message == "No payment pointer", "\(url)")
                #expect(answer.errors[0].extensions.code == "NOT_FOUND", "\(url)")
            }
        }
    }
}
