import Foundation

/// Why a command ends without having done its work, in words for the person who ran it.
struct CommandFailure: Error, Equatable, CustomStringConvertible {
    /// The exit codes that are used, from `sysexits.h`.
    enum Code: Int32 {
        case failure = 1
        /// A service that is needed, the database, cannot be reached.
        case unavailable = 69
        case configuration = 78
    }

    var code: Code
    /// One sentence without a full stop, starting in lower case.
    var message: String
    /// How to mend it.
    var remedy: String?

    init(_ message: String, remedy: String? = nil, code: Code = .failure) {
        self.message = message
        self.remedy = remedy
        self.code = code
    }

    var description: String {
        guard let remedy else { return "hazina: \(message)" }
        return "hazina: \(message)\n  \(remedy.split(separator: "\n").joined(separator: "\n  "))"
    }
}
