import Testing

@testable import GraphQL

/// Documents broken at random: whatever comes in, the parser and the validator answer.
@Suite struct MutationTests {
    @Test(arguments: [1, 2, 3, 4])
    func `broken documents are answered`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let schema = try Schema(sdl: [Source(ValidationTests.sdl, name: "s")])
        let input = InputCoercion(schema: schema, scalars: ["UInt64": .uint64])
        let documents = [
            IntrospectionTests.query, PrinterTests.kitchenSink, PrinterTests.schemaSink,
            "query Q($a: Int = 1, $f: Filter!) { ...F person(id: 1) { pets(filter: $f) { name } } } fragment F on Query { f(i: $a, l: [1, $a]) pet { ... on Dog { x: age } ... on Cat { owner { name } } } }",
        ].map { Array($0.utf8) }
        for _ in 0..<500 {
            var bytes = documents[random.next(below: documents.count)]
            for _ in 0...random.next(below: 3) { mutate(&bytes, &random) }
            let text = String(decoding: bytes, as: UTF8.self)
            guard let document = try? Parser.parse(Source(text)) else { continue }
            let errors = DocumentValidator.validate(
                document, input, maxErrors: 50, limits: EngineOptions())
            #expect(errors.count <= 51)
            let printed = Printer.print(document)
            #expect(Printer.print(try Parser.parse(Source(printed))) == printed)
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        guard !bytes.isEmpty else { return }
        let pieces = [
            "{", "}", "(", ")", "[", "]", "$", "...", "\"", "\"\"\"", "@", ":", "!", "#", "\\", "1",
            "on", "é", "\n",
        ]
        let start = random.next(below: bytes.count)
        let end = min(bytes.count, start + random.next(below: 12))
        switch random.next(below: 4) {
        case 0: bytes.removeSubrange(start..<end)
        case 1: bytes.insert(contentsOf: bytes[start..<end], at: random.next(below: bytes.count))
        case 2: bytes[start] = UInt8(truncatingIfNeeded: random.next())
        default: bytes.insert(contentsOf: pieces[random.next(below: pieces.count)].utf8, at: start)
        }
    }
}
