import App
import TestSupport
import Testing

/// Reads a list as a whole and in pages of every size, forward and backward.
struct ListTester {
    let tester: GraphQLTester
    let field: String
    /// The name of the filter's type, and the filter.
    let filter: (type: String, value: JSON)
    /// The name of the order's type, and the order.
    let order: (type: String, value: JSON)
    /// What is selected of a node.
    let node: String
    let caller: Credentials

    private func page(_ arguments: [String: JSON]) async throws -> JSON {
        let response = try await tester.send(
            """
            query(
              $after: String, $before: String, $first: Int, $last: Int,
              $filter: \(filter.type), $order: \(order.type)
            ) {
              page: \(field)(
                after: $after, before: $before, first: $first, last: $last, filter: $filter,
                orderBy: $order
              ) {
                edges { cursor node { \(node) } }
                pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
              }
            }
            """,
            arguments.merging(["filter": filter.value, "order": order.value]) { $1 }, as: caller)
        #expect(response.errors.isNull, "\(response)")
        return response.data.page
    }

    /// Expects the list to have these nodes, however it is read.
    func expect(_ expected: [String], _ describe: (JSON) -> String) async throws {
        let comment: Comment = "\(filter.value) \(order.value)"
        let whole = try await page(["first": 100])
        #expect(whole.edges.items.map { describe($0.node) } == expected, comment)
        #expect(whole.pageInfo.hasNextPage == false, comment)
        #expect(whole.pageInfo.hasPreviousPage == false, comment)
        let cursors = whole.edges.items.map(\.cursor)
        for start in cursors.indices {
            for size in 1...cursors.count {
                let forward = try await page(["after": cursors[start], "first": JSON(size)])
                check(forward, start + 1..<min(start + 1 + size, cursors.count), cursors, comment)
                let backward = try await page(["before": cursors[start], "last": JSON(size)])
                check(backward, max(0, start - size)..<start, cursors, comment)
            }
        }
    }

    private func check(
        _ page: JSON, _ range: Range<Int>, _ cursors: [JSON], _ comment: Comment
    ) {
        #expect(page.edges.items.map(\.cursor) == Array(cursors[range]), comment)
        let isEmpty = range.isEmpty
        let hasNext = !isEmpty && range.upperBound < cursors.count
        let hasPrevious = !isEmpty && range.lowerBound > 0
        #expect(page.pageInfo.hasNextPage == .bool(hasNext), comment)
        #expect(page.pageInfo.hasPreviousPage == .bool(hasPrevious), comment)
        #expect(page.pageInfo.startCursor == (cursors[range].first ?? .null), comment)
        #expect(page.pageInfo.endCursor == (cursors[range].last ?? .null), comment)
    }
}

extension JSON {
    fileprivate init(_ number: Int) { self = .number(Double(number)) }
}
