import Foundation

/// One Swift file of the project, with what the rules look at.
struct SourceFile: Sendable {
    /// Relative to the project's folder, such as `Sources/App/App.swift`.
    let path: String
    let lines: [String]
    let scan: SwiftScan
    /// The modules that the file imports.
    let imports: Set<String>

    init(path: String, text: String) {
        self.path = path
        self.lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let scan = SwiftScan(text)
        self.scan = scan
        self.imports = Set(
            scan.code.lazy.filter { $0.contains("import ") }.compactMap {
                $0.firstMatch(of: /\bimport\s+(?:struct |enum |class |func )?(\w+)/).map {
                    String($0.1)
                }
            })
    }

    /// `App` for `Sources/App/Assets/Asset.swift`, `AppTests` for a file of `Tests/AppTests`.
    var module: String {
        let parts = path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : ""
    }

    /// Whether the file has a function of its own of that name.
    func declares(_ function: String) -> Bool {
        scan.code.contains { $0.contains("func \(function)(") }
    }

    /// Whether it ends up in the server, unlike tests, what they share, and benchmarks.
    var isProduct: Bool {
        path.hasPrefix("Sources/")
            && !["GraphQLBench", "GraphQLFuzz", "PostgresBench", "TestSupport", "Torture"]
                .contains(module)
    }
}

extension SourceFile {
    /// Every Swift file below `Sources`, `Tests`, `Benchmarks` and `sql`, in path order.
    static let all: [SourceFile] = {
        let root = URL(filePath: #filePath, directoryHint: .notDirectory)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return ["Benchmarks", "Sources", "Tests", "sql"].flatMap { read($0, below: root) }
            .sorted { $0.path < $1.path }
    }()

    private static func read(_ folder: String, below root: URL) -> [SourceFile] {
        let start = root.appending(path: folder)
        let paths = FileManager.default.enumerator(atPath: start.path())
        return (paths?.compactMap { $0 as? String } ?? [])
            .filter { $0.hasSuffix(".swift") && !$0.contains(".build") }
            .compactMap { path in
                guard
                    let text = try? String(contentsOf: start.appending(path: path), encoding: .utf8)
                else { return nil }
                return SourceFile(path: "\(folder)/\(path)", text: text)
            }
    }
}
