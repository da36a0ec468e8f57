import App
import Foundation
import GraphQL
import HTTP

/// The folder of documents that alone are run (`HAZINA_TRUSTED_DOCUMENTS`).
struct TrustedFolder {
    let path: String

    /// The documents, checked against the application's schema.
    /// - Throws: `CommandFailure` that names each file that cannot be used.
    func documents(for app: App) throws -> TrustedDocuments {
        try documents(check: app.engine.problems)
    }

    /// Reads and checks every `*.graphql` file of the folder and of those within it.
    /// - Parameter check: what is wrong with a document, by the server's schema.
    /// - Throws: `CommandFailure` that names each file that cannot be used.
    func documents(check: (String) -> [GraphQLError]) throws -> TrustedDocuments {
        let names = try fileNames()
        guard !names.isEmpty else {
            throw failure("there is no *.graphql file in '\(path)'")
        }
        var texts: [String] = []
        var problems: [String] = []
        for name in names {
            guard let text = text(of: name) else {
                problems.append("\(name): cannot be read as UTF-8")
                continue
            }
            problems += check(text).map { error in
                let place = error.locations.first.map { ":\($0.line):\($0.column)" } ?? ""
                return "\(name)\(place): \(error.message)"
            }
            texts.append(text)
        }
        guard problems.isEmpty else {
            let shown = problems.prefix(Self.shownProblems).map { "- \($0)" }
            let more = problems.count - shown.count
            throw CommandFailure(
                "the documents of HAZINA_TRUSTED_DOCUMENTS in '\(path)' cannot be used",
                remedy: (shown + (more > 0 ? ["- and \(more) more"] : []))
                    .joined(separator: "\n"),
                code: .configuration)
        }
        return TrustedDocuments(texts)
    }

    private static let shownProblems = 20

    /// Relative to the folder, in order.
    private func fileNames() throws -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
            isFolder.boolValue,
            let names = try? FileManager.default.subpathsOfDirectory(atPath: path)
        else { throw failure("the folder '\(path)' cannot be read") }
        return names.filter { $0.hasSuffix(".graphql") }.sorted()
    }

    private func text(of name: String) -> String? {
        let file = URL(fileURLWithPath: path).appendingPathComponent(name)
        return (try? Data(contentsOf: file)).flatMap { String(validating: $0, as: UTF8.self) }
    }

    private func failure(_ message: String) -> CommandFailure {
        CommandFailure(
            message, remedy: "HAZINA_TRUSTED_DOCUMENTS names the folder.", code: .configuration)
    }
}
