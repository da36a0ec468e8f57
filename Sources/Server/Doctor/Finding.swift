import Foundation

/// What `doctor` says about one matter.
struct Finding: Equatable, CustomStringConvertible {
    enum Verdict: Equatable {
        case ok(String)
        case warning(String)
        /// What is wrong, and how to mend it.
        case failure(String, remedy: String?)
    }

    var check: String
    var verdict: Verdict

    init(_ check: String, _ verdict: Verdict) {
        self.check = check
        self.verdict = verdict
    }

    static func settings(_ environment: [String: String]) -> Finding {
        do throws(CommandFailure) {
            _ = try Settings(environment: environment, for: .doctor)
            return Finding("settings", .ok("all values can be used"))
        } catch {
            return Finding("settings", .failure(error.message, remedy: error.remedy))
        }
    }

    var isFailure: Bool {
        if case .failure = verdict { true } else { false }
    }

    var description: String {
        let name = check.padding(toLength: max(12, check.count), withPad: " ", startingAt: 0)
        switch verdict {
        case .ok(let detail):
            return "ok    \(name) \(detail)"
        case .warning(let detail):
            return "warn  \(name) \(detail)"
        case .failure(let detail, let remedy):
            let indent = "\n" + String(repeating: " ", count: 19)
            let mend = remedy.map { indent + $0.split(separator: "\n").joined(separator: indent) }
            return "FAIL  \(name) \(detail)" + (mend ?? "")
        }
    }
}
