extension ValueNode {
    /// The literal as a document writes it, on one line.
    var printed: String {
        switch kind {
        case .variable(let name): "$\(name)"
        case .int(let text), .float(let text), .enumCase(let text): text
        case .string(let text, let isBlock):
            isBlock ? BlockString.printed(text) : JSONWriter.quoted(text)
        case .bool(let value): value ? "true" : "false"
        case .null: "null"
        case .list(let items): "[" + items.map(\.printed).joined(separator: ", ") + "]"
        case .object(let fields):
            "{"
                + fields.map { "\($0.name.value): \($0.value.printed)" }.joined(separator: ", ")
                + "}"
        }
    }
}
