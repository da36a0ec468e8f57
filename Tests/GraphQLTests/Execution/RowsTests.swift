import Testing

@testable import GraphQL

@Suite struct RowsTests {
    private final class Item: Sendable {
        let name: String

        init(_ name: String = "item") { self.name = name }
    }

    private func batch(_ sources: [any Sendable]) -> SourceBatch {
        var batch = SourceBatch()
        for source in sources { batch.append(source) }
        return batch
    }

    @Test func `a source of another type gives no rows and harms nothing`() {
        let items = (0..<3).map { _ in Item() }
        let mixed: [[any Sendable]] = [["text"], [items[0], items[1], "text", items[2]]]
        for sources in mixed {
            for _ in 0..<1000 { #expect(Rows<Item>(batch(sources)) == nil) }
        }
        let rows = Rows<Item>(batch(items))
        #expect(rows?.values.map(\.name) == ["item", "item", "item"])
        var half = batch(items)
        half.append(.typed(TypedSources(array: ["text"])))
        for _ in 0..<1000 { #expect(Rows<Item>(half) == nil) }
    }

    @Test func `single sources and lists of them stand in the order they came in`() {
        var sources = batch([Item("1")])
        sources.append(.typed(TypedSources(array: [Item("2"), Item("3")])))
        sources.append(.typed(TypedSources<Item>(array: [])))
        sources.append(Item("4"))
        sources.append(.boxed([Item("5")]))
        // An array whose elements are right although its type is wider.
        sources.append(.typed(TypedSources<any Sendable>(array: [Item("6")])))
        #expect(sources.count == 6)
        let rows = Rows<Item>(sources)
        #expect(rows?.values.map(\.name) == ["1", "2", "3", "4", "5", "6"])
        #expect(rows?.count == 6)
    }
}
