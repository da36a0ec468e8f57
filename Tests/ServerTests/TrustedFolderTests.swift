import Foundation
import GraphQL
import Testing

@testable import Server

@Suite struct TrustedFolderTests {
    private func withFolder(
        _ files: [String: String], _ body: (TrustedFolder) throws -> Void
    ) throws {
        let path = NSTemporaryDirectory() + "hazina-documents-" + Secrets.random(bytes: 6)
        let manager = FileManager.default
        defer { try? manager.removeItem(atPath: path) }
        for (name, text) in files {
            let file = URL(fileURLWithPath: path).appendingPathComponent(name)
            try manager.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        try body(TrustedFolder(path: path))
    }

    private func check(_ text: String) -> [GraphQLError] {
        text.contains("bad")
            ? [
                GraphQLError(
                    "no such field", code: "X", locations: [SourceLocation(line: 2, column: 3)])
            ] : []
    }

    @Test func `every document of the folder is checked, and other files are not`() throws {
        let files = ["a.graphql": "{ a }", "within/b.graphql": "{ b }", "notes.md": "bad"]
        try withFolder(files) { _ = try $0.documents(check: check) }
    }

    @Test func `documents that cannot be used are named all at once`() throws {
        let files = ["a.graphql": "{ bad }", "b.graphql": "{ b }", "within/c.graphql": "{ bad }"]
        try withFolder(files) { folder in
            let failure = #expect(throws: CommandFailure.self) {
                _ = try folder.documents(check: check)
            }
            #expect(failure?.code == .configuration)
            #expect(failure?.message.contains("HAZINA_TRUSTED_DOCUMENTS") == true)
            #expect(
                failure?.remedy
                    == "- a.graphql:2:3: no such field\n- within/c.graphql:2:3: no such field")
        }
    }

    @Test func `a folder without documents is refused, and one that is not there`() throws {
        try withFolder(["notes.md": "x"]) { folder in
            #expect(throws: CommandFailure.self) { _ = try folder.documents(check: check) }
            let missing = TrustedFolder(path: folder.path + "-missing")
            let failure = #expect(throws: CommandFailure.self) {
                _ = try missing.documents(check: check)
            }
            #expect(failure?.message.contains("cannot be read") == true)
        }
    }
}
