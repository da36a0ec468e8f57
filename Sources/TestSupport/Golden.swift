import Foundation

/// Files that are made from the code and committed, so that a change to them is seen.
package enum Golden {
    package struct Stale: Error, CustomStringConvertible {
        package let description: String
    }

    /// Compares a file of the repository's root with what the code makes of it now.
    /// `HAZINA_UPDATE_GOLDEN=1` (`make golden`) writes it instead.
    package static func check(_ path: String, _ text: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: path)
        if ProcessInfo.processInfo.environment["HAZINA_UPDATE_GOLDEN"] == "1" {
            try text.write(to: file, atomically: true, encoding: .utf8)
        } else if try String(contentsOf: file, encoding: .utf8) != text {
            throw Stale(description: "\(path) is not up to date: run `make golden`")
        }
    }
}
