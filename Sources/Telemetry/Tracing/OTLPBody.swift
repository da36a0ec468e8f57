import Tracing

/// Spans as the JSON of an export request of OpenTelemetry's protocol.
/// https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
struct OTLPBody {
    private(set) var text = ""

    init(_ spans: [FinishedSpan], resource: [(String, String)]) {
        text.reserveCapacity(spans.count * 512)
        text += #"{"resourceSpans":[{"resource":{"attributes":["#
        for (index, (name, value)) in resource.enumerated() {
            if index > 0 { text += "," }
            append(name, .string(value))
        }
        text += #"]},"scopeSpans":[{"scope":{"name":"hazina"},"spans":["#
        for (index, span) in spans.enumerated() {
            if index > 0 { text += "," }
            append(span)
        }
        text += "]}]}]}"
    }

    private mutating func append(_ span: FinishedSpan) {
        text += #"{"traceId":"\#(span.context.traceID)","spanId":"\#(span.context.spanID)""#
        if let parent = span.parent {
            text += #","parentSpanId":"\#(TraceContext.hexadecimal(parent))""#
        }
        if let state = span.context.state {
            text += #","traceState":"#
            append(state)
        }
        text += #","name":"#
        append(span.name)
        text += #","kind":\#(Self.number(of: span.kind))"#
        text += #","startTimeUnixNano":"\#(span.start)","endTimeUnixNano":"\#(span.end)""#
        var attributes: [(String, SpanAttribute)] = []
        span.attributes.forEach { attributes.append(($0, $1)) }
        if !attributes.isEmpty {
            text += #","attributes":["#
            for (index, (name, value)) in attributes.sorted(by: { $0.0 < $1.0 }).enumerated() {
                if index > 0 { text += "," }
                append(name, value)
            }
            text += "]"
        }
        appendLinks(span.links)
        if let status = span.status {
            text += #","status":{"code":\#(status.code == .ok ? 1 : 2)}"#
        }
        text += "}"
    }

    private mutating func appendLinks(_ links: [TraceContext]) {
        guard !links.isEmpty else { return }
        text += #","links":["#
        for (index, link) in links.enumerated() {
            if index > 0 { text += "," }
            text += #"{"traceId":"\#(link.traceID)","spanId":"\#(link.spanID)"}"#
        }
        text += "]"
    }

    private mutating func append(_ name: String, _ value: SpanAttribute) {
        text += #"{"key":"#
        append(name)
        text += #","value":{"#
        switch value {
        case .int32(let number): text += #""intValue":"\#(number)""#
        case .int64(let number): text += #""intValue":"\#(number)""#
        case .double(let number) where number.isFinite: text += #""doubleValue":\#(number)"#
        case .bool(let flag): text += #""boolValue":\#(flag)"#
        case .string(let value):
            text += #""stringValue":"#
            append(value)
        default:
            text += #""stringValue":"#
            append("\(value)")
        }
        text += "}}"
    }

    private mutating func append(_ string: String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }

    private static func number(of kind: SpanKind) -> Int {
        switch kind {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }
}
