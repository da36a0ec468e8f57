/// A libpq connection string: a URI (`postgresql://user:password@host/database?sslmode=require`) or
/// keywords (`host=localhost dbname=hazina`). libpq alone interprets it; what is read here is only
/// whose role it names.
struct ConnectionURL: Equatable, Sendable {
    /// The whole text; it may hold a password, so it is never shown.
    let text: String
    private let isURI: Bool

    /// Nil for what can be neither form.
    init?(_ text: String) {
        let lowercase = text.lowercased()
        isURI = lowercase.hasPrefix("postgresql://") || lowercase.hasPrefix("postgres://")
        guard isURI || (text.contains("=") && !text.contains("://")) else { return nil }
        self.text = text
    }

    /// The role, if the text names one.
    var user: String? { isURI ? uriParameter("user") ?? userInfo.user : keyword("user") }

    /// The role's password, if the text has one.
    var password: String? {
        isURI ? uriParameter("password") ?? userInfo.password : keyword("password")
    }

    /// The same database as another role.
    func with(user: String, password: String) -> ConnectionURL {
        // libpq takes the last of several values, and parameters after the rest of a URI.
        let changed: String
        if isURI {
            let separator = text.contains("?") ? "&" : "?"
            changed =
                text + separator + "user=\(Self.percentEncoded(user))"
                + "&password=\(Self.percentEncoded(password))"
        } else {
            changed = text + " user=\(Self.quoted(user)) password=\(Self.quoted(password))"
        }
        return ConnectionURL(changed) ?? self
    }

    // MARK: URI

    private var userInfo: (user: String?, password: String?) {
        guard let start = text.firstRange(of: "://")?.upperBound else { return (nil, nil) }
        let authority = text[start...].prefix { $0 != "/" && $0 != "?" }
        guard let end = authority.lastIndex(of: "@") else { return (nil, nil) }
        let parts = authority[..<end].split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let user = parts.first.map { Self.percentDecoded($0) }
        let password = parts.count == 2 ? Self.percentDecoded(parts[1]) : nil
        return (user.flatMap { $0.isEmpty ? nil : $0 }, password)
    }

    private func uriParameter(_ name: String) -> String? {
        guard let question = text.firstIndex(of: "?") else { return nil }
        var value: String?
        for pair in text[text.index(after: question)...].split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts[0] == name { value = Self.percentDecoded(parts[1]) }
        }
        return value
    }

    private static func percentDecoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func percentEncoded(_ text: String) -> String {
        text.utf8.map { byte in
            let character = Character(UnicodeScalar(byte))
            let isPlain = character.isLetter || character.isNumber || "-._~".contains(character)
            if isPlain, character.isASCII { return String(character) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.utf8.count == 1 ? "0" : "") + digits
        }.joined()
    }

    // MARK: Keywords

    private func keyword(_ name: String) -> String? {
        var value: String?
        var rest = text[...]
        while let equals = rest.firstIndex(of: "=") {
            let key = String(rest[..<equals]).trimmingCharacters { $0.isWhitespace }
            rest = rest[rest.index(after: equals)...].drop { $0.isWhitespace }
            let found = Self.takeValue(&rest)
            if key == name { value = found }
        }
        return value
    }

    /// Takes one value, in single quotes or up to a blank; a backslash escapes what follows.
    private static func takeValue(_ rest: inout Substring) -> String {
        var value = ""
        let isQuoted = rest.first == "'"
        if isQuoted { rest.removeFirst() }
        while let character = rest.popFirst() {
            if character == "\\", let escaped = rest.popFirst() {
                value.append(escaped)
            } else if isQuoted ? character == "'" : character.isWhitespace {
                break
            } else {
                value.append(character)
            }
        }
        return value
    }

    private static func quoted(_ value: String) -> String {
        "'" + value.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "'"
    }
}
