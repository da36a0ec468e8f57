/// The two media types that a GraphQL response can have.
/// https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types
enum ResponseMediaType: Sendable {
    case json
    case graphQLResponse

    /// The value of `Content-Type`.
    var contentType: String {
        switch self {
        case .json: "application/json; charset=utf-8"
        case .graphQLResponse: "application/graphql-response+json; charset=utf-8"
        }
    }

    fileprivate var name: String {
        switch self {
        case .json: "application/json"
        case .graphQLResponse: "application/graphql-response+json"
        }
    }
}

/// What was agreed with the client about the answer.
struct Negotiated: Equatable, Sendable {
    /// Whether the client takes `text/event-stream`. It must say so by that name: a subscription
    /// never ends for a client that waits for one answer.
    enum EventStreams: Sendable {
        case no
        /// For what can be answered in no other way.
        case accepted
        /// Rather than one answer.
        case preferred
    }

    /// The type of an answer that is no event stream.
    var mediaType: ResponseMediaType
    /// The client asked for this very type; false when the server chose it.
    var isNamed: Bool
    var eventStreams = EventStreams.no

    /// What a client gets that says nothing.
    static let byDefault = Negotiated(mediaType: .json, isNamed: false)
}

/// One entry of an `Accept` header, or the value of a `Content-Type`.
struct MediaRange {
    var name: String
    var parameters: [(name: String, value: String)]

    init(_ text: Substring) {
        let parts = text.splittingOutsideQuotes(at: ";")
        name = (parts.first?.trimmingBlanks()).map { $0.lowercased() } ?? ""
        parameters = parts.dropFirst().compactMap { part in
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { return nil }
            var value = pair[1].trimmingBlanks()
            if value.count >= 2, value.first == "\"", value.last == "\"" {
                value = value.dropFirst().dropLast()
            }
            return (pair[0].trimmingBlanks().lowercased(), String(value))
        }
    }

    /// True unless another encoding than UTF-8 is asked for.
    var allowsUTF8: Bool {
        parameters.allSatisfy { $0.name != "charset" || $0.value.lowercased() == "utf-8" }
    }

    /// The weight, 0 to 1; what is no number counts as 1.
    var quality: Double {
        guard let text = parameters.first(where: { $0.name == "q" })?.value,
            let value = Double(text), value.isFinite
        else { return 1 }
        return min(max(value, 0), 1)
    }
}

extension Negotiated {
    private struct Candidate {
        var mediaType: ResponseMediaType
        var quality: Double
        /// 2 for the type itself, 1 for `application/*`, 0 for `*/*`.
        var specificity: Int
        var position: Int

        func isBetter(than other: Candidate) -> Bool {
            if quality != other.quality { return quality > other.quality }
            if (specificity == 2) != (other.specificity == 2) { return specificity == 2 }
            if specificity == 2 { return position < other.position }
            return mediaType == .json
        }
    }

    /// Chooses the media type of the answer by RFC 9110, section 12.5.1.
    /// - Parameter accept: the value of `Accept`; nil or empty gives `application/json`.
    /// - Returns: nil when nothing that the client accepts can be served (406).
    static func choose(accept: String?) -> Negotiated? {
        guard let accept, !Substring(accept).trimmingBlanks().isEmpty else { return .byDefault }
        let ranges = Substring(accept).splittingOutsideQuotes(at: ",").map(MediaRange.init)
        let candidates = [ResponseMediaType.json, .graphQLResponse].compactMap {
            candidate(for: $0, in: ranges)
        }
        let stream = ranges.enumerated().first { $1.name == eventStream && $1.allowsUTF8 }
            .flatMap { $1.quality > 0 ? (position: $0, quality: $1.quality) : nil }
        guard let first = candidates.first else {
            return stream.map { _ in
                Negotiated(mediaType: .json, isNamed: false, eventStreams: .preferred)
            }
        }
        let best = candidates.dropFirst().reduce(first) { $1.isBetter(than: $0) ? $1 : $0 }
        var negotiated = Negotiated(mediaType: best.mediaType, isNamed: best.specificity == 2)
        if let stream {
            let isPreferred =
                stream.quality == best.quality
                ? stream.position < best.position : stream.quality > best.quality
            negotiated.eventStreams = isPreferred ? .preferred : .accepted
        }
        return negotiated
    }

    private static let eventStream = "text/event-stream"

    /// The most specific range that speaks of the type decides over it, also when it forbids it.
    private static func candidate(
        for mediaType: ResponseMediaType, in ranges: [MediaRange]
    ) -> Candidate? {
        let names = ["*/*", "application/*", mediaType.name]
        var found: Candidate?
        for (position, range) in ranges.enumerated() where range.allowsUTF8 {
            guard let specificity = names.firstIndex(of: range.name) else { continue }
            if let known = found, known.specificity >= specificity { continue }
            found = Candidate(
                mediaType: mediaType, quality: range.quality, specificity: specificity,
                position: position)
        }
        return found.flatMap { $0.quality > 0 ? $0 : nil }
    }
}

extension Substring {
    /// The parts between separators; a separator within a quoted string does not count.
    func splittingOutsideQuotes(at separator: Character) -> [Substring] {
        var parts: [Substring] = []
        var start = startIndex
        var isQuoted = false
        var isEscaped = false
        for index in indices {
            let character = self[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted, character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if character == separator, !isQuoted {
                parts.append(self[start..<index])
                start = self.index(after: index)
            }
        }
        parts.append(self[start...])
        return parts
    }
}
