import Testing

@testable import GraphQL

@Suite struct RowsTests {
    private final class Item: Sendable {
        let name = "item"
    }

    @Test func `a source of another type gives no rows and harms nothing`() {
        let items = (0..<3).map { _ in Item() }
        let mixed: [[any Sendable]] = [["text"], [items[0], items[1], "text", items[2]]]
        for sources in mixed {
            for _ in 0..<1000 { #expect(Rows<Item>(sources) == nil) }
        }
        let rows = Rows<Item>(items)
        #expect(rows?.values.map(\.name) == ["item", "item", "item"])
    }
}
