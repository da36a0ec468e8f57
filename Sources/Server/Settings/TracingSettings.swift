import App
import Foundation

/// Where traces go. The variables that begin with `OTEL_` are OpenTelemetry's own.
struct TracingSettings: Sendable {
    /// Where spans are posted; nil traces nothing.
    var url: String?
    var headers: [(name: String, value: String)]
    var serviceName: String
    /// The part of traces begun here that is kept, 0 to 1.
    var sampling: Double

    /// What the protocol adds to a collector's base URL.
    private static let path = "/v1/traces"

    init(from reader: inout SettingsReader) {
        let own = reader.value(
            "HAZINA_OTLP_ENDPOINT", fallback: "OTEL_EXPORTER_OTLP_ENDPOINT",
            expected: "an http:// or https:// URL",
            help: "The collector of traces, by OTLP over HTTP; unset: nothing is traced.",
            parse: Self.url)
        let standard = reader.value(
            "OTEL_EXPORTER_OTLP_ENDPOINT", fallback: nil, expected: "an http:// or https:// URL",
            help: "The same, by its standard name.", parse: Self.url)
        url = own ?? standard
        headers =
            reader.value(
                "OTEL_EXPORTER_OTLP_HEADERS", fallback: nil,
                expected: "names and values such as api-key=...,other=...",
                help: "What the collector asks for, as name=value,name=value.",
                parse: Self.headers) ?? []
        serviceName =
            reader.value(
                "OTEL_SERVICE_NAME", fallback: "hazina", expected: "a name",
                help: "What traces call this service.", parse: { $0 }) ?? "hazina"
        sampling =
            reader.value(
                "HAZINA_TRACE_SAMPLING", fallback: "1.0", expected: "a number from 0 to 1",
                help: "The part of traces that is kept, unless the caller's traceparent decides."
            ) { text in Double(text).flatMap { (0...1).contains($0) ? $0 : nil } } ?? 1
    }

    private static func url(_ text: String) -> String? {
        guard let url = try? OutboundURL(text) else { return nil }
        var base = Substring(url.text)
        while base.last == "/" { base.removeLast() }
        return base.hasSuffix(path) ? String(base) : base + path
    }

    private static func headers(_ text: String) -> [(name: String, value: String)]? {
        var headers: [(name: String, value: String)] = []
        for entry in text.split(separator: ",") {
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            let name = String(parts[0]).trimmingCharacters { $0.isWhitespace }
            let value = String(parts[1]).trimmingCharacters { $0.isWhitespace }
            let isToken = name.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) || $0 == 0x2D
                    || $0 == 0x5F || $0 == 0x2E
            }
            guard !name.isEmpty, isToken, !value.contains(where: \.isNewline) else { return nil }
            headers.append((name, value.removingPercentEncoding ?? value))
        }
        return headers
    }
}
