/// A way in which a body can be compressed, by its name in `Content-Encoding` (RFC 9110, section
/// 8.4.1).
enum ContentCoding: String, CaseIterable, Sendable {
    case gzip
    /// The zlib format, which is what HTTP means by this name.
    case deflate

    /// What `Accept-Encoding` says to a client that used another one.
    static let accepted = allCases.map(\.rawValue).joined(separator: ", ")

    /// What a `Content-Encoding` asks of the reader.
    enum OfRequest: Equatable, Sendable {
        case none
        case coded(ContentCoding)
        /// A coding that is unknown, or several of them.
        case unsupported
    }

    /// - Parameter header: the value of `Content-Encoding`, nil when there is none.
    static func ofRequest(_ header: String?) -> OfRequest {
        guard let header else { return .none }
        let names = header.split(separator: ",").map { $0.trimmingBlanks().lowercased() }
            .filter { !$0.isEmpty && $0 != "identity" }
        guard let name = names.first else { return .none }
        guard names.count == 1, let coding = ContentCoding(name: name) else { return .unsupported }
        return .coded(coding)
    }

    /// Takes the old name `x-gzip` for gzip, as RFC 9110 advises.
    fileprivate init?(name: String) {
        self.init(rawValue: name == "x-gzip" ? "gzip" : name)
    }
}

/// What a client's `Accept-Encoding` allows (RFC 9110, section 12.5.3).
struct AcceptedCodings: Equatable, Sendable {
    /// The coding that the client likes best, nil for none.
    var preferred: ContentCoding?
    /// The client takes an answer that is not compressed.
    var allowsIdentity: Bool

    /// What a client gets that says nothing.
    static let uncompressed = AcceptedCodings(preferred: nil, allowsIdentity: true)

    /// Nothing that the server can send would be accepted.
    var isUnservable: Bool { preferred == nil && !allowsIdentity }

    /// - Parameter header: the value of `Accept-Encoding`, nil when there is none.
    init(_ header: String?) {
        guard let header, !Substring(header).trimmingBlanks().isEmpty else {
            self = .uncompressed
            return
        }
        // A weight is written like a media type's.
        let ranges = Substring(header).splittingOutsideQuotes(at: ",").map(MediaRange.init)
        let anything = ranges.first { $0.name == "*" }?.quality
        let identity = ranges.first { $0.name == "identity" }?.quality
        allowsIdentity = (identity ?? anything ?? 1) > 0
        // Uncompressed is the second choice unless the client weighs it higher.
        var best = identity ?? 0
        for coding in ContentCoding.allCases {
            let named = ranges.first { ContentCoding(name: $0.name) == coding }?.quality
            let quality = named ?? anything ?? 0
            guard quality > 0, quality > best || (preferred == nil && quality >= best) else {
                continue
            }
            preferred = coding
            best = quality
        }
    }

    private init(preferred: ContentCoding?, allowsIdentity: Bool) {
        self.preferred = preferred
        self.allowsIdentity = allowsIdentity
    }
}
