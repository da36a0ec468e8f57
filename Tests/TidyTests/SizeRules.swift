extension Rule {
    static let fileLinesMax = 400
    static let functionLinesMax = 70
    static let lineColumnsMax = 100

    static let sizes: [Rule] = [
        Rule(name: "files are short", advice: "at most \(fileLinesMax) lines: one idea each") {
            file in
            file.lines.count > fileLinesMax + 1 ? [fileLinesMax + 1] : []
        },
        Rule(
            name: "functions are short",
            advice: "at most \(functionLinesMax) lines: name the steps"
        ) { file in
            functions(in: file.scan.code).filter { $0.count > functionLinesMax }.map(\.lowerBound)
        },
        Rule(name: "lines are short", advice: "at most \(lineColumnsMax) columns") { file in
            // What a test measured may be as long as it is.
            let measured =
                file.isProduct ? file.lines : zip(file.scan.code, file.scan.comments).map(+)
            return measured.indices.filter { measured[$0].count > lineColumnsMax }.map { $0 + 1 }
        },
    ]

    /// The lines of each function, initialiser and subscript that has a body, declaration included.
    static func functions(in code: [String]) -> [ClosedRange<Int>] {
        let declaration = /\b(func\b|init[?]?\s*[(<]|subscript\s*[(<])/
        let call = /\.(init|subscript)\b/
        var depth = 0
        // Declarations whose body is open, or still to come, with the depth they stand at.
        var open: [(line: Int, depth: Int, hasBody: Bool)] = []
        var found: [ClosedRange<Int>] = []
        for (index, line) in code.enumerated() {
            if line.contains(declaration), !line.contains(call) {
                // A requirement of a protocol has no body: the next declaration beside it ends it.
                if let last = open.last, last.depth == depth, !last.hasBody { open.removeLast() }
                open.append((index + 1, depth, false))
            }
            for character in line {
                if character == "{" {
                    if let last = open.last, last.depth == depth {
                        open[open.count - 1].hasBody = true
                    }
                    depth += 1
                } else if character == "}" {
                    depth -= 1
                    if let last = open.last, last.depth > depth { open.removeLast() }
                    if let last = open.last, last.depth == depth, last.hasBody {
                        found.append(last.line...(index + 1))
                        open.removeLast()
                    }
                }
            }
        }
        return found
    }
}
