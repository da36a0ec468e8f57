import Postgres

/// One entry of a tenant's audit log: who did what, and what came of it.
package struct AuditEntry: Sendable {
    package let id: AuditEntryID
    /// `OPERATOR`, `TENANT` or `SESSION`.
    let role: String
    /// Nil for the operator, whose key has no id.
    let keyID: ApiKeyID?
    let sessionID: SessionID?
    /// The mutation's name.
    let operation: String
    let subject: AuditSubjectID?
    /// What it was answered with.
    let code: String
    /// JSON, without secrets.
    let arguments: String
    let clientAddress: String?
    let requestID: String
    let createdAt: Timestamp
}

/// An entry that is not written yet; the database says when it was made.
struct NewAuditEntry: Sendable {
    let role: String
    let keyID: ApiKeyID?
    let sessionID: SessionID?
    let operation: String
    let subject: AuditSubjectID?
    let code: String
    let arguments: String
    let clientAddress: String?
    let requestID: String
}

/// What something concerned, whatever kind of thing that is.
package enum AuditSubject {}

package typealias AuditEntryID = ID<AuditEntry>
package typealias AuditSubjectID = ID<AuditSubject>

extension AuditEntry: PageNode {
    package var cursor: String { id.description }
}

/// Which entries a list has; what is nil does not matter.
struct AuditFilter: Sendable {
    let operation: String?
    let subject: String?
    let key: String?
    let code: String?
    /// Only entries made at this time or later, or before the other.
    let since: Timestamp?
    let before: Timestamp?

    /// - Throws: `InvalidInput` for times that are none.
    init(
        operation: String?, subject: String?, key: String?, code: String?, since: String?,
        before: String?
    ) throws {
        self.operation = operation
        self.subject = subject
        self.key = key
        self.code = code
        self.since = try since.map { try Self.time($0, "since") }
        self.before = try before.map { try Self.time($0, "before") }
    }

    /// Whether the filter names something that cannot be.
    var isImpossible: Bool {
        subject.map { AuditSubjectID($0) == nil } == true
            || key.map { ApiKeyID($0) == nil } == true
            || [operation, code].contains { $0?.unicodeScalars.contains("\0") == true }
    }

    private static func time(_ text: String, _ name: String) throws -> Timestamp {
        guard let time = Timestamp(iso8601: text) else {
            throw InvalidInput(
                "\(name) must be a time as ISO 8601 with a zone, such as 2030-01-31T12:00:00Z")
        }
        return time
    }
}

enum AuditOrderField: String, Sendable {
    case createdAt = "CREATED_AT"
}
