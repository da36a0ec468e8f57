extension ValueNode {
    /// The literal as a document writes it.
    var printed: String { printed(allowsBlocks: true) }

    /// The same, with block strings as ordinary ones.
    var printedOnOneLine: String { printed(allowsBlocks: false) }

    private func printed(allowsBlocks: Bool) -> String {
        switch kind {
        case .variable(let name): "$\(name)"
        case .int(let text), .float(let text), .enumCase(let text): text
        case .string(let text, let isBlock):
            isBlock && allowsBlocks ? BlockString.printed(text) : JSONWriter.quoted(text)
        case .bool(let value): value ? "true" : "false"
        case .null: "null"
        case .list(let items):
            "[" + items.map { $0.printed(allowsBlocks: allowsBlocks) }.joined(separator: ", ") + "]"
        case .object(let fields):
            "{"
                + fields.map {
                    "\($0.name.value): \($0.value.printed(allowsBlocks: allowsBlocks))"
                }.joined(separator: ", ") + "}"
        }
    }
}
