import App
import Foundation
import TestSupport
import Testing

@Suite struct PeerPageTests {
    private static let peers: [(name: String, address: String, code: String, scale: Int)] = [
        ("0", "g.b", "USD", 2), ("1", "g.a.x", "EUR", 2), ("2", "g.a", "USD", 2),
        ("3", "g.a-b", "USD", 9), ("4", "test.a", "JPY", 0), ("5", "g.a", "EUR", 2),
        ("6", "g.a~", "USD", 9),
    ]

    private func withPeers(
        _ body: (GraphQLTester, Credentials, [String]) async throws -> Void
    ) async throws {
        try await GraphQLTester.with { tester in
            let caller = try await tester.makeTenant().credentials
            var ids: [String] = []
            for peer in Self.peers {
                ids.append(
                    try await tester.makePeer(
                        peer.address, code: peer.code, scale: peer.scale, as: caller))
            }
            try await body(tester, caller, ids)
        }
    }

    @Test func `peers are paged as documented`() async throws {
        try await withPeers { tester, caller, ids in
            let cases: [([String: JSON], Range<Int>, Bool, Bool)] = [
                ([:], 0..<7, false, false),
                (["first": 5], 0..<5, true, false),
                (["first": 2, "after": .string(ids[3])], 4..<6, true, true),
                (["last": 3, "before": .string(ids[5])], 2..<5, true, true),
                (["before": .string(ids[2])], 0..<2, true, false),
                (["after": .string(ids[0]), "before": .string(ids[5])], 1..<7, false, true),
                (["after": .string(UUID().uuidString)], 7..<7, false, false),
                (["first": 0], 0..<7, false, false),
            ]
            for (arguments, range, hasNext, hasPrevious) in cases {
                let page = try await tester.send(
                    """
                    query($after: String, $before: String, $first: Int, $last: Int) {
                      peers(after: $after, before: $before, first: $first, last: $last) {
                        edges { cursor node { id } }
                        pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
                      }
                    }
                    """, arguments, as: caller
                ).data.peers
                let expected = Array(ids[range])
                #expect(page.edges.items.compactMap(\.node.id.text) == expected, "\(arguments)")
                #expect(page.pageInfo.hasNextPage == .bool(hasNext), "\(arguments)")
                #expect(page.pageInfo.hasPreviousPage == .bool(hasPrevious), "\(arguments)")
                #expect(page.pageInfo.startCursor.text == expected.first)
                #expect(page.pageInfo.endCursor.text == expected.last)
            }
        }
    }

    @Test(arguments: [
        ("last: 1", "Can't paginate backwards from the start."),
        ("first: 101", "Pagination index error"), ("first: -1", "Pagination index error"),
        ("after: \"x\"", "Invalid cursor: use a cursor of an edge of this collection"),
        (
            "filter: {staticIlpAddressPrefix: \"\"}",
            "filter.staticIlpAddressPrefix must have 1 to 1023 characters"
        ),
        (
            "filter: {assetCode: \"\\u0000\"}",
            "filter.assetCode must not hold control characters"
        ),
    ])
    func `wrong arguments are refused`(_ arguments: String, _ message: String) async throws {
        try await GraphQLTester.with { tester in
            let answer = try await tester.send(
                "{ peers(\(arguments)) { edges { cursor } } }", as: .operator)
            #expect(answer.data.isNull)
            #expect(answer.errors[0].message.text == message)
            #expect(answer.errors[0].extensions.code == "BAD_USER_INPUT")
        }
    }

    @Test func `a list is filtered and sorted, and paged both ways in that order`() async throws {
        try await withPeers { tester, caller, ids in
            let address: JSON = ["field": "STATIC_ILP_ADDRESS"]
            let addressDown: JSON = ["field": "STATIC_ILP_ADDRESS", "direction": "DESC"]
            let down: JSON = ["direction": "DESC"]
            let cases: [(JSON, JSON, String)] = [
                (nil, nil, "0123456"), (nil, down, "6543210"),
                (nil, address, "2531604"), (nil, addressDown, "4061352"),
                (["assetCode": "USD"], nil, "0236"), (["assetCode": "USD"], down, "6320"),
                (["assetCode": "USD"], address, "2360"),
                (["assetCode": "USD", "assetScale": 9], addressDown, "63"),
                (["assetScale": 2], nil, "0125"), (["assetScale": 2], address, "2510"),
                (["assetScale": 70_000], nil, ""), (["assetCode": "XXX"], nil, ""),
                (["staticIlpAddressPrefix": "g.a"], nil, "12356"),
                (["staticIlpAddressPrefix": "g.a"], addressDown, "61352"),
                (["staticIlpAddressPrefix": "g.a."], nil, "1"),
                (["staticIlpAddressPrefix": "g.a", "assetCode": "USD"], nil, "236"),
                (["staticIlpAddressPrefix": "g.a", "assetScale": 2], addressDown, "152"),
                (["staticIlpAddressPrefix": "%"], nil, ""),
            ]
            for (filter, order, expected) in cases {
                let list = ListTester(
                    tester: tester, field: "peers", filter: ("PeerFilter", filter),
                    order: ("PeerOrder", order), node: "id", caller: caller)
                try await list.expect(expected.map(String.init)) { node in
                    ids.firstIndex { $0 == node.id.text }.map(String.init) ?? "?"
                }
            }
        }
    }
}
