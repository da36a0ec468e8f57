import Foundation

/// The URL of a payment pointer: `https`, with a path beyond `/`.
struct PaymentPointerURL: Sendable, Equatable {
    static let maximumBytes = 2048
    /// Paths that belong to what stands below a payment pointer.
    private static let reserved = ["/incoming-payments", "/outgoing-payments", "/quotes"]

    /// As it was given, and as it is shown.
    let text: String
    /// What decides whether two are the same: lower-case scheme and host, no default port, dot
    /// segments resolved, no trailing slash, no fragment.
    let normalized: String

    /// - Throws: `PaymentPointerError.invalidURL`.
    init(_ text: String) throws {
        // An escaped host is another spelling of a plain one; there is no need for it. One that is
        // not ASCII is the same as its `xn--` form.
        guard let components = Self.parse(text), let host = components.encodedHost,
            !host.contains("%")
        else {
            throw PaymentPointerError.invalidURL
        }
        let path = Self.resolveDotSegments(components.percentEncodedPath)
        guard path != "/", !path.isEmpty,
            !Self.reserved.contains(where: { path.contains($0) })
        else { throw PaymentPointerError.invalidURL }

        var normalized = "https://"
        let user = components.percentEncodedUser ?? ""
        let password = components.percentEncodedPassword ?? ""
        if !user.isEmpty || !password.isEmpty {
            normalized += user + (password.isEmpty ? "" : ":\(password)") + "@"
        }
        normalized += host.lowercased()
        if let port = components.port, port != 443 { normalized += ":\(port)" }
        normalized += path.hasSuffix("/") ? String(path.dropLast()) : path
        if let query = components.percentEncodedQuery { normalized += "?\(query)" }
        guard normalized.utf8.count <= Self.maximumBytes else {
            throw PaymentPointerError.invalidURL
        }
        self.text = text
        self.normalized = normalized
    }

    /// The beginning of a URL with scheme and host in lower case, as in `normalized`.
    static func normalizedPrefix(_ prefix: String) -> String {
        let path = prefix.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard path.count > 3 else { return prefix.lowercased() }
        return path[..<3].joined(separator: "/").lowercased() + "/" + path[3]
    }

    private static func parse(_ text: String) -> URLComponents? {
        guard text.utf8.count <= maximumBytes,
            text.unicodeScalars.allSatisfy({ scalar in
                !scalar.properties.isWhitespace
                    && scalar.properties.generalCategory != .control && scalar != "\\"
            }),
            let components = URLComponents(string: text),
            components.scheme?.lowercased() == "https",
            let host = components.host, !host.isEmpty,
            components.port.map({ (0...65535).contains($0) }) ?? true
        else { return nil }
        return components
    }

    /// RFC 3986, section 5.2.4, also for the percent-encoded dot.
    private static func resolveDotSegments(_ path: String) -> String {
        var output: [Substring] = []
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for (position, segment) in segments.enumerated() {
            let isLast = position == segments.count - 1
            switch segment.lowercased().replacing("%2e", with: ".") {
            case ".":
                if isLast { output.append("") }
            case "..":
                _ = output.popLast()
                if isLast { output.append("") }
            default: output.append(segment)
            }
        }
        return "/" + output.joined(separator: "/")
    }
}
