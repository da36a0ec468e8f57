import Foundation
import Testing

/// `docs/errors.md` is the one list of what may stand in `extensions.code`.
@Suite struct ErrorCodeTests {
    /// Codes with the file that has them: constants of the engine and of HTTP, and literals.
    private var used: [String: String] {
        let lists = ["Sources/GraphQL/Error/GraphQLError.swift", "Sources/HTTP/Answer.swift"]
        var codes: [String: String] = [:]
        for file in SourceFile.all where file.isProduct {
            for line in file.lines {
                for match in line.matches(of: /code: "([A-Z_]+)"/) {
                    codes[String(match.1)] = file.path
                }
                let isListed =
                    lists.contains(file.path) && line.contains(/(static let|case) \w+ = "/)
                    || file.path.hasSuffix("ErrorMapping.swift") && line.contains(/(case|default)/)
                if isListed, let match = line.firstMatch(of: /"([A-Z]+(_[A-Z]+)*)"/) {
                    codes[String(match.1)] = file.path
                }
            }
        }
        return codes
    }

    private func documented() throws -> Set<String> {
        let file = URL(filePath: #filePath, directoryHint: .notDirectory)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/errors.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        return Set(
            text.split(separator: "\n").compactMap {
                $0.firstMatch(of: /^\| `([A-Z_]+)` \|/).map { String($0.1) }
            })
    }

    @Test func `every code that the server uses is documented, and no other`() throws {
        let used = self.used
        let documented = try documented()
        for (code, path) in used where !documented.contains(code) {
            Issue.record("\(code) of \(path) is not in docs/errors.md")
        }
        for code in documented where used[code] == nil {
            Issue.record("\(code) is in docs/errors.md, and nothing uses it")
        }
        #expect(used.count > 20)
    }
}
