extension Rule {
    static let style: [Rule] = [
        never("no try!", { /\btry!/ }, advice: "handle the error, or throw it"),
        never("no as!", { /\bas!/ }, advice: "use as? or an enum"),
        never(
            "no print outside the command line",
            { /(^|[^.\w])print\(/ },
            in: { $0.isProduct && $0.module != "Server" && !$0.declares("print") },
            advice: "log with swift-log"),
        never(
            "no names that say nothing",
            { /\b(struct|class|actor|enum|protocol) \w*(Manager|Helper|Util|Impl)s?\b/ },
            advice: "name it after what it is in the domain"),
        Rule(
            name: "nothing is left for later",
            advice: "do it, or leave it out"
        ) { file in
            file.scan.comments.lineNumbers(matching: /\b(TODO|FIXME|XXX|HACK)\b/)
        },
        Rule(
            name: "unchecked concurrency says why it is safe",
            advice: "write a comment that starts with SAFETY: beside it"
        ) { file in
            file.scan.code.lineNumbers(matching: /@unchecked +Sendable|nonisolated\(unsafe\)/)
                .filter { !hasSafetyComment(beside: $0, in: file) }
        },
    ]

    /// Whether the comments directly above a line, on it or on the next explain what makes it safe.
    private static func hasSafetyComment(beside line: Int, in file: SourceFile) -> Bool {
        let near = file.scan.comments.dropFirst(line - 1).prefix(2)
        if near.contains(where: { $0.contains("SAFETY:") }) { return true }
        let above = zip(file.scan.code, file.scan.comments).prefix(line - 1).reversed()
        let comments = above.prefix { code, comment in
            let rest = code.drop { $0.isWhitespace }
            return rest.hasPrefix("@") || rest.isEmpty && !comment.isEmpty
        }
        return comments.contains { $0.1.contains("SAFETY:") }
    }
}
