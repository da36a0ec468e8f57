import Foundation
import GraphQL
import OrderedCollections

/// What an entry of the audit log shows of a mutation's arguments.
///
/// Numbers, flags, choices and ids are shown, of texts those alone that are known to hold no
/// secret, and of URLs their origin. So a new argument that is a secret is not shown before
/// somebody says so.
struct AuditSummary {
    /// The longest summary in bytes; a longer one is left out as a whole.
    static let maximumBytes = 4096
    private static let longestText = 100
    private static let longestList = 100
    private static let shown: Set<String> = [
        "code", "expiresAt", "fields", "name", "publicName", "staticIlpAddress",
    ]
    private static let urls: Set<String> = ["endpoint", "uri", "url"]

    /// JSON.
    let text: String
    /// The id among the arguments that says what they are about.
    let subject: AuditSubjectID?

    init(_ arguments: Arguments) {
        let json = CanonicalJSON.object(
            arguments.values.reduce(into: [:]) { members, argument in
                members[argument.key] = Self.summary(argument.value, argument.key)
            }
        ).text
        text = json.utf8.count <= Self.maximumBytes ? json : #"{"omitted":true}"#
        let input = (try? arguments.optionalObject("input")) ?? nil
        subject = Self.subject(of: arguments) ?? input.flatMap(Self.subject)
    }

    private static func summary(_ value: Value, _ name: String) -> CanonicalJSON {
        switch value {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .int(let number): .string(String(number))
        case .uint64(let number): .string(String(number))
        case .double(let number): .string(String(number))
        case .enumCase(let text): .string(text)
        case .string(let text): .string(shown(text, name))
        case .list(let items):
            .list(items.prefix(longestList).map { summary($0, name) })
        case .object(let members):
            .object(members.reduce(into: [:]) { $0[$1.key] = summary($1.value, $1.key) })
        }
    }

    private static func shown(_ text: String, _ name: String) -> String {
        if shown.contains(name) || isID(name) { return String(text.prefix(longestText)) }
        guard urls.contains(name), let url = URLComponents(string: text),
            let scheme = url.scheme, let host = url.host
        else { return "[redacted]" }
        let port = url.port.map { ":\($0)" } ?? ""
        return String("\(scheme)://\(host)\(port)/".prefix(longestText))
    }

    private static func isID(_ name: String) -> Bool { name == "id" || name.hasSuffix("Id") }

    private static func subject(of arguments: Arguments) -> AuditSubjectID? {
        let id = arguments["id"] ?? arguments.values.first { isID($0.key) }?.value
        return id?.text.flatMap { AuditSubjectID($0) }
    }
}
