extension Rule {
    static let style: [Rule] = [
        never("no try!", { /\btry!/ }, advice: "handle the error, or throw it"),
        never("no as!", { /\bas!/ }, advice: "use as? or an enum"),
        never(
            "no print outside the command line",
            { /(^|[^.\w])print\(/ },
            in: { $0.isProduct && $0.module != "Server" },
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
            advice: "write a comment that starts with SAFETY: just above"
        ) { file in
            file.scan.code.lineNumbers(matching: /@unchecked +Sendable|nonisolated\(unsafe\)/)
                .filter { !hasSafetyComment(above: $0, in: file) }
        },
    ]

    /// Whether the comments directly above a line, or beside it, explain what makes it safe.
    private static func hasSafetyComment(above line: Int, in file: SourceFile) -> Bool {
        if file.scan.comments[line - 1].contains("SAFETY:") { return true }
        let above = zip(file.scan.code, file.scan.comments).prefix(line - 1).reversed()
        let comments = above.prefix { code, comment in
            let rest = code.drop { $0.isWhitespace }
            return rest.hasPrefix("@") || rest.isEmpty && !comment.isEmpty
        }
        return comments.contains { $0.1.contains("SAFETY:") }
    }
}
