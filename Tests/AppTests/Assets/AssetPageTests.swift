import App
import Foundation
import TestSupport
import Testing

/// The documented pages, over assets.
@Suite struct AssetPageTests {
    private static let query = """
        query($after: String, $before: String, $first: Int, $last: Int) {
          assets(after: $after, before: $before, first: $first, last: $last) {
            edges { cursor node { id } }
            pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
          }
        }
        """

    private func withAssets(
        _ count: Int, _ body: (GraphQLTester, Credentials, [String]) async throws -> Void
    ) async throws {
        try await GraphQLTester.with { tester in
            let tenant = try await tester.makeTenant()
            var ids: [String] = []
            for number in 0..<count {
                let answer = try await tester.mutate(
                    """
                    mutation($code: String!) {
                      createAsset(input: {code: $code, scale: 0}) { code asset { id } }
                    }
                    """, ["code": .string("A\(number)")], as: tenant.credentials)
                ids.append(try answer.asset.id.required())
            }
            try await body(tester, tenant.credentials, ids)
        }
    }

    @Test func `the documented cases of ten rows`() async throws {
        try await withAssets(10) { tester, caller, ids in
            let cases: [([String: JSON], Range<Int>, Bool, Bool)] = [
                (["first": 5], 0..<5, true, false),
                (["first": 3, "after": .string(ids[3])], 4..<7, true, true),
                (["last": 5, "before": .string(ids[9])], 4..<9, true, true),
                (["last": 10, "before": .string(ids[3])], 0..<3, true, false),
                (["first": 100], 0..<10, false, false),
                (["first": 0], 0..<10, false, false),
                (["after": .string(ids[0]), "before": .string(ids[9])], 1..<10, false, true),
                (["before": .string(ids[5])], 0..<5, true, false),
                (["after": nil, "before": nil, "first": 2], 0..<2, true, false),
                (["after": .string(ids[9])], 10..<10, false, false),
                (["after": .string(UUID().uuidString)], 10..<10, false, false),
                (["before": .string(UUID().uuidString), "last": 2], 10..<10, false, false),
            ]
            for (arguments, range, hasNext, hasPrevious) in cases {
                let page = try await tester.send(Self.query, arguments, as: caller).data.assets
                let expected = Array(ids[range])
                #expect(page.edges.items.compactMap(\.node.id.text) == expected, "\(arguments)")
                #expect(page.edges.items.compactMap(\.cursor.text) == expected, "\(arguments)")
                #expect(page.pageInfo.hasNextPage == .bool(hasNext), "\(arguments)")
                #expect(page.pageInfo.hasPreviousPage == .bool(hasPrevious), "\(arguments)")
                #expect(page.pageInfo.startCursor.text == expected.first)
                #expect(page.pageInfo.endCursor.text == expected.last)
            }
        }
    }

    @Test func `twenty rows are a page, and an empty collection is one too`() async throws {
        try await withAssets(22) { tester, caller, ids in
            let page = try await tester.send(Self.query, as: caller).data.assets
            #expect(page.edges.items.count == 20)
            #expect(page.pageInfo.hasNextPage == true)
            let before = try await tester.send(
                Self.query, ["before": .string(ids[20])], as: caller
            ).data.assets
            #expect(before.edges.items.compactMap(\.node.id.text) == Array(ids[0..<20]))
            let stranger = try await tester.makeTenant()
            let empty = try await tester.send(Self.query, as: stranger.credentials).data.assets
            #expect(empty.edges == [])
            #expect(
                empty.pageInfo == [
                    "startCursor": nil, "endCursor": nil, "hasNextPage": false,
                    "hasPreviousPage": false,
                ])
            let foreign = try await tester.send(
                Self.query, ["after": .string(ids[0])], as: stranger.credentials
            ).data.assets
            #expect(foreign.edges == [])
        }
    }

    @Test func `a list is filtered and sorted, and paged both ways in that order`() async throws {
        try await GraphQLTester.with { tester in
            let caller = try await tester.makeTenant().credentials
            for (code, scale) in [("B", 2), ("A", 2), ("C", 0), ("A", 0), ("A", 9)] {
                _ = try await tester.mutate(
                    """
                    mutation($code: String!, $scale: Int!) {
                      createAsset(input: {code: $code, scale: $scale}) { code }
                    }
                    """, ["code": .string(code), "scale": .number(Double(scale))], as: caller)
            }
            let cases: [(JSON, JSON, [String])] = [
                (nil, nil, ["B2", "A2", "C0", "A0", "A9"]),
                (nil, ["direction": "DESC"], ["A9", "A0", "C0", "A2", "B2"]),
                (nil, ["field": "CODE"], ["A0", "A2", "A9", "B2", "C0"]),
                (nil, ["field": "CODE", "direction": "DESC"], ["C0", "B2", "A9", "A2", "A0"]),
                (["code": "A"], nil, ["A2", "A0", "A9"]),
                (["scale": 2], ["field": "CODE"], ["A2", "B2"]),
                (["scale": 0, "code": nil], ["direction": "DESC"], ["A0", "C0"]),
                (["code": "A", "scale": 9], nil, ["A9"]),
                (["code": "a"], nil, []), (["scale": 70_000], nil, []),
                (["scale": -1], nil, []), ([:], [:], ["B2", "A2", "C0", "A0", "A9"]),
            ]
            for (filter, order, expected) in cases {
                let list = ListTester(
                    tester: tester, field: "assets", filter: ("AssetFilter", filter),
                    order: ("AssetOrder", order), node: "code scale", caller: caller)
                try await list.expect(expected) { node in
                    "\(node.code.text ?? "")\(node.scale.number ?? -1)"
                }
            }
        }
    }

    @Test func `a cursor that the filter leaves out is a place all the same`() async throws {
        try await withAssets(5) { tester, caller, ids in
            let page = try await tester.send(
                """
                query($id: String!) {
                  after: assets(after: $id, filter: {code: "A4"}) {
                    edges { cursor } pageInfo { hasNextPage hasPreviousPage }
                  }
                  before: assets(before: $id, filter: {code: "A0"}) {
                    edges { cursor } pageInfo { hasNextPage hasPreviousPage }
                  }
                }
                """, ["id": .string(ids[2])], as: caller
            ).data
            for (page, id) in [(page.after, ids[4]), (page.before, ids[0])] {
                #expect(page.edges == [["cursor": .string(id)]])
                #expect(page.pageInfo == ["hasNextPage": false, "hasPreviousPage": false])
            }
        }
    }

    @Test func `wrong arguments are refused with the documented messages`() async throws {
        try await withAssets(1) { tester, caller, ids in
            let cases: [([String: JSON], String)] = [
                (["first": -1], "Pagination index error"),
                (["first": 101], "Pagination index error"),
                (["last": 10], "Can't paginate backwards from the start."),
                (["last": 10, "before": nil], "Can't paginate backwards from the start."),
                (
                    ["last": 10, "after": .string(ids[0])],
                    "Can't paginate backwards from the start."
                ),
                (["last": 101, "before": .string(ids[0])], "Pagination index error"),
                (["last": -1, "before": .string(ids[0])], "Pagination index error"),
                (["first": 101, "last": 1, "before": .string(ids[0])], "Pagination index error"),
            ]
            for (arguments, message) in cases {
                let answer = try await tester.send(Self.query, arguments, as: caller)
                #expect(answer.data.isNull)
                #expect(answer.errors[0].message.text == message, "\(arguments)")
            }
            let cursor = try await tester.send(Self.query, ["after": "no uuid"], as: caller)
            #expect(cursor.errors[0].extensions.code == "BAD_USER_INPUT")
        }
    }
}
