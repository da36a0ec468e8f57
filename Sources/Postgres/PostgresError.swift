import CLibPQ

/// What went wrong in the client, on the way, or in the server.
///
/// `description` is fit for logs: it holds no bound values and no password. What may hold values
/// (the server's detail and context lines) is in `detail` alone.
public struct PostgresError: Error, Sendable {
    /// What sort of failure it is.
    public enum Kind: String, Sendable, Hashable {
        /// The server refused the statement; see `sqlState`.
        case server
        /// The connection ended before an answer came. The transaction did not commit.
        case connectionLost
        /// The connection ended while a commit was on its way: it may have happened or not.
        case commitUnknown
        /// No connection could be opened.
        case connectFailed
        /// No connection came free before the deadline.
        case poolTimeout
        /// Too many callers wait already.
        case poolOverloaded
        /// The pool is shut down, or was never started.
        case poolClosed
        /// A column is missing, or has a type or value that does not fit.
        case decoding
        /// The statement cannot be sent: too many or too large values, or text with a NUL.
        case invalidStatement
        /// The statement was cancelled because its task was.
        case cancelled
        /// A transaction was used after it had ended, or by two tasks at once.
        case misuse
        /// The schema of the database cannot be migrated; see `message`.
        case migration
    }

    /// What sort of failure it is.
    public var kind: Kind
    /// What happened, in a sentence; the server's own text for `.server`.
    public var message: String
    /// The server's five-character code, such as `23505`.
    public var sqlState: String?
    /// The constraint that was violated.
    public var constraint: String?
    /// The table concerned.
    public var table: String?
    /// The column concerned, also of a decoding error.
    public var column: String?
    /// The name of the statement (see `SQL.name`).
    public var statement: String?
    /// The server's detail line; it may hold values of rows and is never part of `description`.
    public var detail: String?
    /// Whether the server ends the connection with this error.
    var isFatal = false
    /// Whether the server itself says so, not a pooler: only the server tells where in its source.
    var isFromServer = false
    /// Whether a prepared statement no longer fits the server's schema or session.
    var isStalePlan = false

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// An error of kind `.decoding`, for types that decode themselves.
    public static func decoding(_ message: String) -> PostgresError {
        PostgresError(.decoding, message)
    }

    /// Whether the same transaction may succeed when it is run again: serialisation failure
    /// (`40001`) or dead-lock (`40P01`).
    public var isRetryable: Bool {
        kind == .server && (sqlState == "40001" || sqlState == "40P01")
    }

    /// Whether the database cannot be used right now, and nothing was done: no connection, or none
    /// free in time; shutting down or starting (`57P01` to `57P03`); read-only, as a standby is
    /// (`25006`); out of connections, disk or memory (class `53`); or a statement that was ended
    /// because it took, or waited for, too long (`57014`, `55P03`).
    public var isUnavailable: Bool {
        switch kind {
        case .connectionLost, .connectFailed, .poolTimeout, .poolOverloaded, .poolClosed: true
        case .server:
            switch sqlState {
            case "57P01", "57P02", "57P03", "57014", "55P03", "25006", "08000", "08003", "08006":
                true
            default: sqlState?.hasPrefix("53") ?? false
            }
        default: false
        }
    }

    /// Whether the host takes no writes: another one may by now.
    var isReadOnly: Bool { kind == .server && sqlState == "25006" }

    /// Whether a lock did not come free in the time that was set for it.
    var isLocked: Bool { kind == .server && sqlState == "55P03" }

    /// Whether an administrator, or the server's own shutdown, ended the connection.
    var isShutdown: Bool {
        sqlState == "57P01" || sqlState == "57P02" || sqlState == "57P03"
    }

    func named(_ sql: SQL) -> PostgresError {
        var copy = self
        copy.statement = sql.name
        return copy
    }
}

extension PostgresError: CustomStringConvertible {
    public var description: String {
        var parts = [kind.rawValue]
        if let sqlState { parts.append(sqlState) }
        if let statement { parts.append("in \(statement)") }
        var text = parts.joined(separator: " ") + ": " + safeMessage
        if let constraint { text += " (constraint \(constraint))" }
        if let column, constraint == nil { text += " (column \(column))" }
        return text
    }

    /// The server quotes the offending value in messages of the data exception class (22) and of
    /// some others; those are replaced by their code's meaning.
    private var safeMessage: String {
        guard kind == .server, let sqlState else { return message }
        if sqlState.hasPrefix("22") { return "data exception" }
        if sqlState.hasPrefix("P0") { return "exception raised in a function" }
        return message
    }
}

extension PostgresError {
    /// The error of a failed result.
    init(result: OpaquePointer) {
        func field(_ code: UInt8) -> String? {
            PQresultErrorField(result, Int32(code)).map { String(cString: $0) }
        }
        self.init(.server, field(Diagnostic.message) ?? "")
        sqlState = field(Diagnostic.sqlState)
        constraint = field(Diagnostic.constraint)
        table = field(Diagnostic.table)
        column = field(Diagnostic.column)
        detail = field(Diagnostic.detail)
        let severity = field(Diagnostic.severity) ?? field(Diagnostic.localizedSeverity)
        isFromServer = field(Diagnostic.function) != nil
        isFatal = severity == "FATAL" || severity == "PANIC"
        isStalePlan =
            sqlState == "26000"
            || (sqlState == "0A000" && field(Diagnostic.function) == "RevalidateCachedQuery")
        if sqlState == nil {
            // Made by the client library itself: the connection is gone.
            let text = PQresultErrorMessage(result).map { String(cString: $0) } ?? ""
            kind = .connectionLost
            message = Self.oneLine(text, else: "connection lost")
        }
    }

    /// Text of the client library on one line.
    static func oneLine(_ text: String, else fallback: String) -> String {
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.isEmpty ? fallback : words
    }

    /// Field codes of an error message
    /// (https://www.postgresql.org/docs/current/protocol-error-fields.html).
    private enum Diagnostic {
        static let severity = UInt8(ascii: "V")
        static let localizedSeverity = UInt8(ascii: "S")
        static let sqlState = UInt8(ascii: "C")
        static let message = UInt8(ascii: "M")
        static let detail = UInt8(ascii: "D")
        static let table = UInt8(ascii: "t")
        static let column = UInt8(ascii: "c")
        static let constraint = UInt8(ascii: "n")
        static let function = UInt8(ascii: "R")
    }
}
